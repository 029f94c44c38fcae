import { Token } from 'aws-cdk-lib';
import { TaskScaling } from '../../src';

describe('tasksPerInstance', () => {
  test.each([1, 2, 1000, Number.MAX_SAFE_INTEGER])('takes %s', (count) => {
    expect(TaskScaling.tasksPerInstance(count)._render()).toEqual({ tasksPerInstance: count });
  });

  test.each([0, -1, 0.5, 1.5, NaN, Infinity, -Infinity, 2 ** 53])('fails on %s and says what is allowed', (count) => {
    expect(() => TaskScaling.tasksPerInstance(count)).toThrow(
      `TaskScaling.tasksPerInstance: received ${count}, expected a whole number of at least 1. To pause a service, set enabled: false`);
  });

  test('leaves a count that only the deployment knows to it', () => {
    const scaling = TaskScaling.tasksPerInstance(Token.asNumber({ Ref: 'Count' }));

    expect(Token.isUnresolved(scaling._render().tasksPerInstance)).toBe(true);
    expect(scaling._isOnePerInstance()).toBe(false);
  });

  test('knows one for each instance from more', () => {
    expect([1, 2].map((count) => TaskScaling.tasksPerInstance(count)._isOnePerInstance())).toEqual([true, false]);
  });
});
