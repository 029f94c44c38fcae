import { parseConfig } from '../../lambda/config';
import { CONFIG_VARIABLE } from '../../src/contract';

const SERVICE = { serviceArn: 'arn:aws:ecs:eu-central-1:999988887777:service/edge/node-agent', scaling: { tasksPerInstance: 1 } };
const CONFIG = { clusterArn: 'arn:aws:ecs:eu-central-1:999988887777:cluster/edge', services: [SERVICE] };
const FLEET = { serviceName: 'node-agent', clusterArnPrefix: 'arn:aws:ecs:eu-central-1:999988887777:cluster/', scaling: { tasksPerInstance: 1 } };
const parse = (config: unknown) => parseConfig({ [CONFIG_VARIABLE]: JSON.stringify(config) });
const withService = (overrides: object) => ({ ...CONFIG, services: [{ ...SERVICE, ...overrides }] });

test('reads what the construct writes', () => {
  const full = withService({ minTaskCount: 0, maxTaskCount: 7, instanceFilters: ['agentConnected == true'], countDrainingInstances: true, capacityProviderNames: ['spot'] });
  expect(parse({ ...full, dryRun: true })).toEqual({ ...full, dryRun: true });
  expect(parse(CONFIG)).toEqual(CONFIG);
});

test('reads every kind of scaling', () => {
  for (const scaling of [
    { linear: { instancesPerTask: 2.5, vcpusPerTask: 64, preventSinglePointOfFailure: true } },
    { linear: { vcpusPerTask: 0.5 } },
    { ladder: { instanceSteps: [{ threshold: 0, taskCount: 0 }], vcpuSteps: [{ threshold: 8.5, taskCount: 3 }, { threshold: 1, taskCount: 1 }] } },
  ]) {
    expect(parse(withService({ scaling }))).toEqual(withService({ scaling }));
  }
});

test('reads a fleet, with and without clusters', () => {
  expect(parse({ fleet: FLEET, dryRun: true })).toEqual({ fleet: FLEET, dryRun: true });
  const listed = { ...FLEET, clusterArns: [CONFIG.clusterArn], minTaskCount: 1, instanceFilters: ['agentConnected == true'] };
  expect(parse({ fleet: listed })).toEqual({ fleet: listed });
});

test('takes ARNs of every partition, and services with a short ARN', () => {
  const china = { clusterArn: 'arn:aws-cn:ecs:cn-north-1:999988887777:cluster/edge', services: [{ ...SERVICE, serviceArn: 'arn:aws-cn:ecs:cn-north-1:999988887777:service/node-agent' }] };
  expect(parse(china)).toEqual(china);
});

test.each<[string, unknown, string]>([
  ['RECONCILER_CONFIG', undefined, 'received nothing'],
  ['RECONCILER_CONFIG', [], 'received []'],
  ['RECONCILER_CONFIG', null, 'received null'],
  ['RECONCILER_CONFIG.clusterArn', { ...CONFIG, clusterArn: undefined }, 'expected the ARN of a cluster'],
  ['RECONCILER_CONFIG.clusterArn', { ...CONFIG, clusterArn: 'edge' }, 'received "edge"'],
  ['RECONCILER_CONFIG.services', { ...CONFIG, services: undefined }, 'expected a list of at least one service'],
  ['RECONCILER_CONFIG.services', { ...CONFIG, services: [] }, 'expected a list of at least one service'],
  ['RECONCILER_CONFIG.services[0]', { ...CONFIG, services: ['node-agent'] }, 'expected an object'],
  ['RECONCILER_CONFIG.services[1].serviceArn', { ...CONFIG, services: [SERVICE, { ...SERVICE, serviceArn: 'node-agent' }] }, 'expected the ARN of a service'],
  ['RECONCILER_CONFIG.services', { ...CONFIG, services: [SERVICE, { ...SERVICE, scaling: { tasksPerInstance: 2 } }] }, 'expected no service twice'],
  ['RECONCILER_CONFIG.services', { ...CONFIG, services: [SERVICE, { ...SERVICE, serviceArn: SERVICE.serviceArn.replace('/edge/', '/') }] }, 'expected no service twice'],
  ['RECONCILER_CONFIG.services[0].serviceArn', withService({ serviceArn: SERVICE.serviceArn.replace('/edge/', '/core/') }), 'service/edge/node-agent, a service of the cluster'],
  ['RECONCILER_CONFIG.services[0].serviceArn', withService({ serviceArn: SERVICE.serviceArn.replace('9999', '1111') }), 'a service of the cluster'],
  ['RECONCILER_CONFIG.services[0].scaling', withService({ scaling: undefined }), 'expected an object'],
  ['RECONCILER_CONFIG.services[0].scaling.tasksPerInstance', withService({ scaling: { tasksPerInstance: 0 } }), 'received 0, expected a whole number of at least 1'],
  ['RECONCILER_CONFIG.services[0].scaling.tasksPerInstance', withService({ scaling: { tasksPerInstance: 1.5 } }), 'received 1.5'],
  ['RECONCILER_CONFIG.services[0].minTaskCount', withService({ minTaskCount: -1 }), 'received -1, expected a whole number of at least 0'],
  ['RECONCILER_CONFIG.services[0].maxTaskCount', withService({ minTaskCount: 3, maxTaskCount: 2 }), 'received 2, expected a whole number of at least 3'],
  ['RECONCILER_CONFIG.services[0].maxTaskCount', withService({ maxTaskCount: '2' }), 'received "2"'],
  ['RECONCILER_CONFIG.services[0].instanceFilters', withService({ instanceFilters: [] }), 'expected a list of at least one expression'],
  ['RECONCILER_CONFIG.services[0].instanceFilters[0]', withService({ instanceFilters: [' '] }), 'expected a string that is not empty'],
  ['RECONCILER_CONFIG.services[0].capacityProviderNames', withService({ capacityProviderNames: 'spot' }), 'expected a list of at least one name'],
  ['RECONCILER_CONFIG.services[0].capacityProviderNames[1]', withService({ capacityProviderNames: ['spot', 3] }), 'received 3'],
  ['RECONCILER_CONFIG.services[0].scaling.linear', withService({ scaling: { linear: {} } }), 'expected instancesPerTask, vcpusPerTask or both'],
  ['RECONCILER_CONFIG.services[0].scaling.linear', withService({ scaling: { linear: null } }), 'received null'],
  ['RECONCILER_CONFIG.services[0].scaling.linear.instancesPerTask', withService({ scaling: { linear: { instancesPerTask: 0 } } }), 'received 0, expected a number above 0'],
  ['RECONCILER_CONFIG.services[0].scaling.linear.vcpusPerTask', withService({ scaling: { linear: { vcpusPerTask: '8' } } }), 'received "8"'],
  ['RECONCILER_CONFIG.services[0].scaling.linear.preventSinglePointOfFailure', withService({ scaling: { linear: { vcpusPerTask: 8, preventSinglePointOfFailure: 1 } } }), 'expected true or false'],
  ['RECONCILER_CONFIG.services[0].scaling.ladder', withService({ scaling: { ladder: {} } }), 'expected instanceSteps, vcpuSteps or both'],
  ['RECONCILER_CONFIG.services[0].scaling.ladder.instanceSteps', withService({ scaling: { ladder: { instanceSteps: [] } } }), 'expected a list of at least one step'],
  ['RECONCILER_CONFIG.services[0].scaling.ladder.vcpuSteps[0].threshold', withService({ scaling: { ladder: { vcpuSteps: [{ threshold: -1, taskCount: 1 }] } } }), 'expected a number of at least 0'],
  ['RECONCILER_CONFIG.services[0].scaling.ladder.vcpuSteps[0].taskCount', withService({ scaling: { ladder: { vcpuSteps: [{ threshold: 1, taskCount: 0.5 }] } } }), 'received 0.5'],
  ['RECONCILER_CONFIG.services[0].scaling.ladder.vcpuSteps', withService({ scaling: { ladder: { vcpuSteps: [{ threshold: 1, taskCount: 1 }, { threshold: 1, taskCount: 2 }] } } }), 'expected no threshold twice'],
  ['RECONCILER_CONFIG.fleet', { fleet: 'agent' }, 'expected an object'],
  ['RECONCILER_CONFIG.fleet.serviceName', { fleet: { ...FLEET, serviceName: 'a/b' } }, 'expected the name of a service'],
  ['RECONCILER_CONFIG.fleet.clusterArnPrefix', { fleet: { ...FLEET, clusterArnPrefix: CONFIG.clusterArn } }, 'expected the beginning of a cluster ARN'],
  ['RECONCILER_CONFIG.fleet.clusterArns', { fleet: { ...FLEET, clusterArns: [] } }, 'expected a list of at least one cluster'],
  ['RECONCILER_CONFIG.fleet.clusterArns[0]', { fleet: { ...FLEET, clusterArns: ['edge'] } }, 'expected the ARN of a cluster'],
  ['RECONCILER_CONFIG.fleet.maxTaskCount', { fleet: { ...FLEET, minTaskCount: 2, maxTaskCount: 1 } }, 'received 1'],
  ['RECONCILER_CONFIG.services[0].countDrainingInstances', withService({ countDrainingInstances: 'yes' }), 'expected true or false'],
  ['RECONCILER_CONFIG.dryRun', { ...CONFIG, dryRun: 1 }, 'expected true or false'],
])('fails naming %s for %j: %s', (field, config, part) => {
  expect(() => parse(config)).toThrow(expect.objectContaining({
    name: 'InvalidConfigurationError',
    message: expect.stringMatching(new RegExp(`^${field.replace(/[[\]]/g, '\\$&')}: `)),
  }));
  expect(() => parse(config)).toThrow(part);
  expect(() => parse(config)).toThrow('deploy the stack again');
});

test('fails naming the variable when it is absent or no JSON', () => {
  expect(() => parseConfig({})).toThrow('RECONCILER_CONFIG: received nothing, expected an object');
  expect(() => parseConfig({ [CONFIG_VARIABLE]: '{"clusterArn":' })).toThrow('RECONCILER_CONFIG: received "{\\"clusterArn\\":", expected an object');
});

test('quotes nothing that a terminal or a log could take for its own, however deep', () => {
  expect(() => parse({ ...CONFIG, clusterArn: 'a\n\u009b31m\u2028\u202e' })).toThrow('received "a\\n\\u009b31m\\u2028\\u202e", expected');
  expect(() => parseConfig({ [CONFIG_VARIABLE]: '['.repeat(100_000) + ']'.repeat(100_000) })).toThrow('received what is nested too deeply to show, expected an object');
});

test('quotes a long value only in part', () => {
  expect(() => parse({ ...CONFIG, clusterArn: 'x'.repeat(5000) })).toThrow(/received "x{199}\.\.\. \(5002 characters\)/);
});
