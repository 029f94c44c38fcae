import { Environment, stackId } from '../../local-stack/identity';
import { Template } from '../../local-stack/template';

const ENVIRONMENT: Environment = {
  partition: 'aws',
  region: 'eu-west-1',
  accountId: '111122223333',
  stackName: 'Shop',
  stackId: stackId('aws', 'eu-west-1', '111122223333', 'Shop'),
};

const template = new Template({
  Parameters: { Bootstrap: { Type: 'String', Default: '/cdk/version' }, Required: { Type: 'String' } },
  Resources: {
    Cluster: { Type: 'AWS::ECS::Cluster' },
    Named: { Type: 'AWS::ECS::Cluster', Properties: { ClusterName: { 'Fn::Sub': '${AWS::StackName}-main' } } },
    Service: { Type: 'AWS::ECS::Service', Properties: { Cluster: { Ref: 'Named' }, ServiceName: 'agent' } },
    Dead: { Type: 'AWS::SQS::Queue' },
    Role: { Type: 'AWS::IAM::Role' },
    Chicken: { Type: 'AWS::SQS::Queue', Properties: { QueueName: { Ref: 'Egg' } } },
    Egg: { Type: 'AWS::SQS::Queue', Properties: { QueueName: { Ref: 'Chicken' } } },
    Conditional: { Type: 'AWS::SQS::Queue', Condition: 'Sometimes' },
  },
}, ENVIRONMENT);

const resolve = (value: unknown): unknown => template.resolve(value, 'Resources.X.Properties.Y');

test.each<[string, unknown, unknown]>([
  ['a literal', { a: [1, true, null, 'x'] }, { a: [1, true, null, 'x'] }],
  ['a pseudo parameter', { Ref: 'AWS::Region' }, 'eu-west-1'],
  ['a parameter', { Ref: 'Bootstrap' }, '/cdk/version'],
  ['Ref of a cluster: its name', { Ref: 'Named' }, 'Shop-main'],
  ['Ref of a service: its ARN', { Ref: 'Service' }, 'arn:aws:ecs:eu-west-1:111122223333:service/Shop-main/agent'],
  ['an attribute', { 'Fn::GetAtt': ['Named', 'Arn'] }, 'arn:aws:ecs:eu-west-1:111122223333:cluster/Shop-main'],
  ['an attribute in short form', { 'Fn::GetAtt': 'Service.Name' }, 'agent'],
  ['Fn::Join', { 'Fn::Join': [':', ['arn', { Ref: 'AWS::Partition' }, 'ecs']] }, 'arn:aws:ecs'],
  ['Fn::Sub', { 'Fn::Sub': ['${AWS::AccountId}/${Named.Arn}/${Extra}/${!Left}', { Extra: { Ref: 'AWS::StackName' } }] },
    '111122223333/arn:aws:ecs:eu-west-1:111122223333:cluster/Shop-main/Shop/${Left}'],
  ['Fn::Select of Fn::Split', { 'Fn::Select': ['1', { 'Fn::Split': ['/', { 'Fn::GetAtt': ['Named', 'Arn'] }] }] }, 'Shop-main'],
  ['AWS::NoValue', { kept: 1, gone: { Ref: 'AWS::NoValue' }, list: [{ Ref: 'AWS::NoValue' }, 2] }, { kept: 1, list: [2] }],
])('resolves %s', (_, value, expected) => {
  expect(resolve(value)).toEqual(expected);
});

test('generated names are stable, distinct and short enough for a function', () => {
  const { ref } = template.identity('Cluster');
  expect(ref).toMatch(/^Shop-Cluster-[0-9A-F]{12}$/);
  expect(new Template({ Resources: { Cluster: { Type: 'AWS::ECS::Cluster' } } }, ENVIRONMENT).identity('Cluster').ref).toBe(ref);
  expect(template.identity('Dead').attributes.QueueName).not.toBe(template.identity('Role').ref);
});

test.each<[string, unknown, RegExp]>([
  ['an intrinsic that is not implemented', { a: [{ 'Fn::FindInMap': ['M', 'a', 'b'] }] }, /Resources\.X\.Properties\.Y\.a\[0\]: Fn::FindInMap isn't implemented/],
  ['an attribute that is not implemented', { 'Fn::GetAtt': ['Dead', 'Url'] }, /the attribute "Url" of AWS::SQS::Queue isn't implemented, only: Arn/],
  ['an unknown name', { Ref: 'Typo' }, /"Typo" is neither a resource/],
  ['a parameter without a value', { Ref: 'Required' }, /"Required" has no default/],
  ['an object within a string', { 'Fn::Join': ['', [{ a: 1 }]] }, /expected a string/],
  ['a list that is none', { 'Fn::Select': [0, 'abc'] }, /expected a list/],
  ['an item beyond the list', { 'Fn::Select': [2, ['a', 'b']] }, /wants item 2 of 2/],
  ['names that depend on each other', { Ref: 'Chicken' }, /Chicken → Egg → Chicken/],
])('refuses %s', (_, value, message) => {
  expect(() => resolve(value)).toThrow(message);
});

test('refuses a resource with a condition', () => {
  expect(() => template.properties('Conditional')).toThrow(/conditions aren't implemented \(received "Sometimes"\)/);
});
