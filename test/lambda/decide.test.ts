import * as fc from 'fast-check';
import { decide, isDrasticCut, ServiceState, skipReason } from '../../lambda/decide';

const service = (overrides: Partial<ServiceState> = {}): ServiceState => ({
  status: 'ACTIVE', desiredCount: 3, schedulingStrategy: 'REPLICA', launchType: 'EC2', capacityProviders: [], memberOf: [], suspended: false, ...overrides,
});

describe('skipReason', () => {
  test.each<[string, ServiceState | undefined, string | undefined]>([
    ['a service that ECS does not know', undefined, 'serviceNotFound'],
    ['a draining service', service({ status: 'DRAINING' }), 'serviceNotActive'],
    ['a deleted service', service({ status: 'INACTIVE' }), 'serviceNotActive'],
    ['a daemon service', service({ schedulingStrategy: 'DAEMON' }), 'daemonStrategy'],
    ['launch type FARGATE', service({ launchType: 'FARGATE' }), 'fargate'],
    ['only Fargate providers', service({ launchType: undefined, capacityProviders: ['FARGATE', 'FARGATE_SPOT'] }), 'fargate'],
    ['a suspended service', service({ suspended: true }), 'suspended'],
    ['a capacity provider strategy', service({ launchType: undefined, capacityProviders: ['on-demand'] }), 'capacityProvidersUnknown'],
    ['Fargate among other providers', service({ launchType: undefined, capacityProviders: ['FARGATE', 'on-demand'] }), 'capacityProvidersUnknown'],
    ['a provider whose name only begins like Fargate', service({ capacityProviders: ['FARGATE_LIKE'] }), 'capacityProvidersUnknown'],
    ['launch type EC2', service(), undefined],
    ['launch type EXTERNAL', service({ launchType: 'EXTERNAL' }), undefined],
    ['a service that reports no launch type', service({ launchType: undefined }), undefined],
    ['a deleted daemon service, for its status first', service({ status: 'INACTIVE', schedulingStrategy: 'DAEMON' }), 'serviceNotActive'],
  ])('%s', (_, state, reason) => {
    expect(skipReason(state)).toBe(reason);
  });
});

describe('decide', () => {
  test.each<[number, number, { min?: number; max?: number; perInstance?: number }, 'scale' | 'inSync', number]>([
    [0, 0, {}, 'inSync', 0],
    [0, 5, {}, 'scale', 5],
    [5, 5, {}, 'inSync', 5],
    [6, 5, {}, 'scale', 5],
    [5, 0, {}, 'scale', 0],
    [5, 0, { min: 2 }, 'scale', 2],
    [2, 0, { min: 2 }, 'inSync', 2],
    [3, 12, { max: 8 }, 'scale', 8],
    [8, 12, { max: 8 }, 'inSync', 8],
    [4, 4, { perInstance: 3 }, 'scale', 12],
    [4, 4, { perInstance: 3, max: 10 }, 'scale', 10],
    [4, 0, { max: 0 }, 'scale', 0],
    [4, 9, { max: 0 }, 'scale', 0],
    [1, 1, { min: 5, max: 5 }, 'scale', 5],
  ])('desired count %d, %d instances, %j: %s to %d', (desiredCount, instances, { min, max, perInstance = 1 }, decision, taskCount) => {
    expect(decide(desiredCount, { instances, vcpus: null }, { scaling: { tasksPerInstance: perInstance }, minTaskCount: min, maxTaskCount: max }))
      .toEqual({ decision, reason: decision === 'scale' ? 'countDiffers' : 'countMatches', taskCount });
  });

  test('keeps the bounds, grows with the cluster and is content with its own answer, always', () => {
    const count = fc.nat(10_000);
    fc.assert(fc.property(count, count, fc.integer({ min: 1, max: 20 }), count, count, (desired, instances, perInstance, one, other) => {
      const [minTaskCount, maxTaskCount] = [Math.min(one, other), Math.max(one, other)];
      const config = { scaling: { tasksPerInstance: perInstance }, minTaskCount, maxTaskCount };
      const { taskCount } = decide(desired, { instances, vcpus: null }, config);
      expect(taskCount).toBeGreaterThanOrEqual(minTaskCount);
      expect(taskCount).toBeLessThanOrEqual(maxTaskCount);
      expect(decide(desired, { instances: instances + 1, vcpus: null }, config).taskCount).toBeGreaterThanOrEqual(taskCount);
      expect(decide(taskCount, { instances, vcpus: null }, config).decision).toBe('inSync');
    }));
  });
});

test.each([
  [10, 0, true], [1, 0, true], [10, 4, true], [3, 1, true], // below half, or to nothing
  [10, 5, false], [2, 1, false], [10, 9, false], [10, 10, false], [0, 0, false], [0, 5, false], [4, 40, false],
])('a change from %d to %d tasks is drastic: %s', (desiredCount, taskCount, drastic) => {
  expect(isDrasticCut(desiredCount, taskCount)).toBe(drastic);
});
