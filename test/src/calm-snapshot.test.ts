import { CfnResource } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { IConstruct } from 'constructs';
import { calm, goodApp, importingApp } from './app';

test('the default template is what users have deployed', () => {
  expect(calm(Template.fromStack(importingApp().stack))).toMatchSnapshot();
});

test('a changed bundle leaves the snapshot alone', () => {
  const withHash = (hash: string) => {
    const { stack, autoscaler } = importingApp();
    const handler = autoscaler.handler.node.defaultChild as CfnResource;
    handler.addPropertyOverride('Code.S3Key', `${hash}.zip`);
    return Template.fromStack(stack);
  };
  const [one, other] = [withHash('a'.repeat(64)), withHash('b'.repeat(64))];

  expect(one.toJSON()).not.toEqual(other.toJSON());
  expect(calm(one)).toEqual(calm(other));
  expect(calm(one)).toEqual(calm(Template.fromStack(importingApp().stack)));
});

describe('construct ids', () => {
  const childrenOf = (construct: IConstruct) => construct.node.children.map((child) => child.node.id);

  test('are public contract: another id replaces the resource in every user\'s stack, and a queue\'s messages and a group\'s logs are lost', () => {
    expect(childrenOf(goodApp().autoscaler)).toEqual([
      'LogGroup',
      'DeadLetterQueue',
      'Role',
      'Handler',
      'ContainerInstanceRule',
      'DeploymentRule',
      'StackRule',
      'ResyncRule',
      'Checks', // no resource
    ]);
  });

  test('are the same for imports', () => {
    const { autoscaler } = importingApp();

    expect(childrenOf(autoscaler)).toEqual(childrenOf(goodApp().autoscaler));
  });
});
