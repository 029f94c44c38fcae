import * as fc from 'fast-check';
import { decide, isDrasticCut, ServiceState, skipReason } from '../../lambda/decide';
import { LadderConfig, LinearConfig, ScalingConfig } from '../../src/contract';

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
    expect(skipReason(state, {})).toBe(reason);
  });
});

test('a capacity provider strategy is no reason to skip where the names are known, Fargate still is', () => {
  const names = { capacityProviderNames: ['on-demand'] };
  expect(skipReason(service({ capacityProviders: ['on-demand'] }), names)).toBeUndefined();
  expect(skipReason(service({ capacityProviders: ['FARGATE'] }), names)).toBe('fargate');
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

const tasks = (scaling: ScalingConfig, instances: number, vcpus: number | null = null) => decide(0, { instances, vcpus }, { scaling }).taskCount;

test.each<[LinearConfig, number, number | null, number]>([
  [{ instancesPerTask: 10 }, 0, null, 0],
  [{ instancesPerTask: 10 }, 1, null, 1],
  [{ instancesPerTask: 10 }, 10, null, 1],
  [{ instancesPerTask: 10 }, 11, null, 2],
  [{ instancesPerTask: 2.5 }, 10, null, 4],
  [{ instancesPerTask: 2.5 }, 11, null, 5],
  [{ instancesPerTask: 0.5 }, 3, null, 6],
  // 11 / 1.1 and 21 / 0.7 are a little above 10 and 30 in binary fractions.
  [{ instancesPerTask: 1.1 }, 11, null, 10],
  [{ instancesPerTask: 0.7 }, 21, null, 30],
  [{ vcpusPerTask: 64 }, 5, 64, 1],
  [{ vcpusPerTask: 64 }, 5, 64.5, 2],
  [{ vcpusPerTask: 0.1 }, 5, 1.1, 11],
  [{ instancesPerTask: 16, vcpusPerTask: 256 }, 40, 640, 3],
  [{ instancesPerTask: 16, vcpusPerTask: 256 }, 40, 1_600, 7],
  [{ instancesPerTask: 10, preventSinglePointOfFailure: true }, 0, null, 0],
  [{ instancesPerTask: 10, preventSinglePointOfFailure: true }, 1, null, 1],
  [{ instancesPerTask: 10, preventSinglePointOfFailure: true }, 2, null, 2],
  [{ instancesPerTask: 10, preventSinglePointOfFailure: true }, 25, null, 3],
])('linear %j: %d instances with %s vCPUs run %d tasks', (linear, instances, vcpus, taskCount) => {
  expect(tasks({ linear }, instances, vcpus)).toBe(taskCount);
});

const STEPS = [{ threshold: 10, taskCount: 3 }, { threshold: 1, taskCount: 1 }, { threshold: 100, taskCount: 5 }];
test.each<[LadderConfig, number, number | null, number]>([
  [{ instanceSteps: STEPS }, 0, null, 1],
  [{ instanceSteps: STEPS }, 1, null, 1],
  [{ instanceSteps: STEPS }, 9, null, 1],
  [{ instanceSteps: STEPS }, 10, null, 3],
  [{ instanceSteps: STEPS }, 99, null, 3],
  [{ instanceSteps: STEPS }, 100, null, 5],
  [{ instanceSteps: STEPS }, 10_000, null, 5],
  [{ instanceSteps: [{ threshold: 0, taskCount: 0 }, { threshold: 2.5, taskCount: 4 }] }, 2, null, 0],
  [{ instanceSteps: [{ threshold: 0, taskCount: 0 }, { threshold: 2.5, taskCount: 4 }] }, 3, null, 4],
  [{ vcpuSteps: STEPS }, 2, 64, 3],
  [{ instanceSteps: STEPS, vcpuSteps: [{ threshold: 8, taskCount: 4 }] }, 10, 0, 4],
  [{ instanceSteps: STEPS, vcpuSteps: [{ threshold: 8, taskCount: 2 }] }, 10, 64, 3],
])('ladder %j: %d instances with %s vCPUs run %d tasks', (ladder, instances, vcpus, taskCount) => {
  expect(tasks({ ladder }, instances, vcpus)).toBe(taskCount);
});

describe('always', () => {
  const ratio = fc.double({ min: 0.01, max: 1000, noNaN: true });
  const resource = fc.nat(5_000);
  const steps = fc.uniqueArray(
    fc.record({ threshold: fc.nat(500), taskCount: fc.nat(500) }), { minLength: 1, maxLength: 8, selector: (step) => step.threshold });
  const scaling: fc.Arbitrary<ScalingConfig> = fc.oneof(
    fc.record({ tasksPerInstance: fc.integer({ min: 1, max: 20 }) }),
    fc.record({ linear: fc.record({ instancesPerTask: ratio, vcpusPerTask: ratio, preventSinglePointOfFailure: fc.boolean() }) }),
    fc.record({ ladder: fc.record({ instanceSteps: steps, vcpuSteps: steps }) }),
  );

  test('the bounds hold, whatever the scaling', () => {
    fc.assert(fc.property(scaling, resource, resource, resource, resource, (config, instances, vcpus, one, other) => {
      const [minTaskCount, maxTaskCount] = [Math.min(one, other), Math.max(one, other)];
      const { taskCount } = decide(0, { instances, vcpus }, { scaling: config, minTaskCount, maxTaskCount });
      expect(Number.isSafeInteger(taskCount)).toBe(true);
      expect(taskCount).toBeGreaterThanOrEqual(minTaskCount);
      expect(taskCount).toBeLessThanOrEqual(maxTaskCount);
    }));
  });

  test('linear grows with instances and vCPUs, and is never too few', () => {
    const config = fc.record({ instancesPerTask: ratio, vcpusPerTask: ratio, preventSinglePointOfFailure: fc.boolean() });
    fc.assert(fc.property(config, resource, resource, resource, (props, instances, vcpus, more) => {
      const linear = { linear: props };
      const count = tasks(linear, instances, vcpus);
      expect(tasks(linear, instances + more, vcpus)).toBeGreaterThanOrEqual(count);
      expect(tasks(linear, instances, vcpus + more)).toBeGreaterThanOrEqual(count);
      expect(count * props.instancesPerTask).toBeGreaterThanOrEqual(instances * (1 - 1e-9));
      expect(count * props.vcpusPerTask).toBeGreaterThanOrEqual(vcpus * (1 - 1e-9));
    }));
  });

  test('the order of steps is irrelevant', () => {
    fc.assert(fc.property(steps, fc.infiniteStream(fc.nat()), resource, (instanceSteps, random, instances) => {
      const order = new Map(instanceSteps.map((step) => [step, random.next().value as number]));
      const shuffled = [...instanceSteps].sort((one, other) => order.get(one)! - order.get(other)!);
      expect(tasks({ ladder: { instanceSteps: shuffled } }, instances)).toBe(tasks({ ladder: { instanceSteps } }, instances));
    }));
  });

  test('n tasks per instance are linear with 1/n instances per task', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 20 }), resource, (count, instances) => {
      expect(tasks({ linear: { instancesPerTask: 1 / count } }, instances)).toBe(tasks({ tasksPerInstance: count }, instances));
    }));
  });
});
