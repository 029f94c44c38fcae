import { ServiceState } from '../../lambda/decide';
import { EventInstance } from '../../lambda/event';
import { allOf, filterTerms, satisfies } from '../../lambda/instance-filter';

const service = (overrides: Partial<ServiceState>): ServiceState => ({
  status: 'ACTIVE', desiredCount: 0, schedulingStrategy: 'REPLICA', capacityProviders: [], memberOf: [], suspended: false, ...overrides,
});

test.each<[string, ServiceState, string[] | undefined, string | undefined]>([
  ['EC2', service({ launchType: 'EC2' }), undefined, 'attribute:ecs.capability.external !exists'],
  ['EXTERNAL', service({ launchType: 'EXTERNAL' }), undefined, 'attribute:ecs.capability.external exists'],
  ['an unknown launch type', service({}), undefined, undefined],
  ['only a filter', service({}), ['agentConnected == true'], 'agentConnected == true'],
  ['constraints, filter and launch type', service({ launchType: 'EC2', memberOf: ['attribute:stack == blue or attribute:stack == green', 'attribute:tier exists'] }), ['agentConnected == true'],
    '(attribute:stack == blue or attribute:stack == green) and (attribute:tier exists) and (agentConnected == true) and (attribute:ecs.capability.external !exists)'],
  ['a constraint that the task definition has, too', service({ memberOf: ['attribute:tier exists'] }), ['attribute:tier exists'], 'attribute:tier exists'],
])('filter of a service with %s', (_, state, instanceFilters, expression) => {
  expect(allOf(filterTerms(state, instanceFilters))).toBe(expression);
});

const instance = (overrides: Partial<EventInstance> = {}): EventInstance => ({
  arn: 'arn:aws:ecs:eu-central-1:999988887777:container-instance/edge/1',
  status: 'ACTIVE',
  attributes: new Map([['stack', 'blue'], ['ecs.instance-type', 'c7g.xlarge'], ['flag', '']]),
  ...overrides,
});
const external = instance({ attributes: new Map([['ecs.capability.external', '']]) });
const silent = (ec2InstanceId?: string) => instance({ attributes: undefined, ec2InstanceId });

test.each<[boolean | undefined, string[], EventInstance]>([
  [true, [], instance()],
  [true, ['attribute:stack == blue'], instance()],
  [true, [' attribute:stack equals blue '], instance()],
  [false, ['attribute:stack == green'], instance()],
  [false, ['attribute:absent == blue'], instance()],
  [true, ['attribute:ecs.instance-type == c7g.xlarge'], instance()],
  [true, ['attribute:stack in [green, blue]'], instance()],
  [false, ['attribute:stack in [green]'], instance()],
  [false, ['attribute:absent in [blue]'], instance()],
  [true, ['attribute:flag exists'], instance()],
  [false, ['attribute:absent exists'], instance()],
  [true, ['attribute:absent !exists'], instance()],
  [false, ['attribute:stack not_exists'], instance()],
  [false, ['attribute:stack == blue', 'attribute:stack == green'], instance()],
  // One term that fails decides, whatever another may say; else what can't be judged leaves all open.
  [false, ['agentConnected == true', 'attribute:stack == green'], instance()],
  [undefined, ['agentConnected == true', 'attribute:stack == blue'], instance()],
  [undefined, ['attribute:stack == blue or attribute:stack == green'], instance()],
  [undefined, ['attribute:stack != green'], instance()],
  [undefined, ['attribute:stack =~ bl.*'], instance()],
  [undefined, ['attribute:stack == "blue"'], instance()],
  [undefined, ['attribute:stack == '], instance()],
  [undefined, ['attribute:stack in blue'], instance()],
  [undefined, ['attribute:stack exists and attribute:stack == blue'], instance()],
  [undefined, ['attribute:stack !exists or attribute:stack == blue'], instance()],
  [undefined, ['(attribute:stack == blue)'], instance()],
  [undefined, ['attribute:stack == blue'], silent('i-1')],
  // ECS Anywhere is known by the attribute, or else by the instance's id.
  [true, ['attribute:ecs.capability.external !exists'], instance()],
  [false, ['attribute:ecs.capability.external !exists'], external],
  [true, ['attribute:ecs.capability.external exists'], external],
  [true, ['attribute:ecs.capability.external !exists'], silent('i-0a1b2c3d')],
  [false, ['attribute:ecs.capability.external !exists'], silent('mi-0a1b2c3d')],
  [true, ['attribute:ecs.capability.external exists'], silent('mi-0a1b2c3d')],
  [undefined, ['attribute:ecs.capability.external == x'], silent('mi-0a1b2c3d')],
  [undefined, ['attribute:ecs.capability.external !exists'], silent()],
])('%s: %j', (verdict, terms, subject) => {
  expect(satisfies(terms, subject)).toBe(verdict);
});
