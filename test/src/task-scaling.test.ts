import { Token } from 'aws-cdk-lib';
import { LadderScalingProps, LinearScalingProps, TaskScaling } from '../../src';

/** A number that only the deployment knows. */
const unknown = Token.asNumber({ Ref: 'Count' });

/** Fails unless a plain Error says exactly this: jsii hands nothing else on to other languages. */
function expectError(construct: () => unknown, message: string): void {
  expect(construct).toThrow(expect.objectContaining({ name: 'Error', message }));
}

describe('tasksPerInstance', () => {
  test.each([1, 2, 1000, Number.MAX_SAFE_INTEGER])('takes %s', (count) => {
    expect(TaskScaling.tasksPerInstance(count)._render()).toEqual({ tasksPerInstance: count });
  });

  test.each([0, -1, 0.5, 1.5, NaN, Infinity, -Infinity, 2 ** 53])('fails on %s and says what is allowed and what to use instead', (count) => {
    expectError(() => TaskScaling.tasksPerInstance(count),
      `TaskScaling.tasksPerInstance: received ${count}, expected a whole number of at least 1. For less than one task per instance use TaskScaling.linear; `
      + 'to pause a service, set enabled: false or tag it daemon-service-autoscaler:suspended = true');
  });

  test('leaves a count that only the deployment knows to it', () => {
    expect(TaskScaling.tasksPerInstance(unknown)._render()).toEqual({ tasksPerInstance: unknown });
  });
});

describe('linear', () => {
  test.each<[string, LinearScalingProps]>([
    ['instances alone', { instancesPerTask: 16 }],
    ['vCPUs alone', { vcpusPerTask: 256 }],
    ['both', { instancesPerTask: 16, vcpusPerTask: 256 }],
    ['a fraction above 1', { instancesPerTask: 2.5 }],
    ['a fraction below 1', { instancesPerTask: 0.1, vcpusPerTask: 0.25 }],
    ['the smallest number above 0', { instancesPerTask: Number.MIN_VALUE }],
    ['the largest number', { vcpusPerTask: Number.MAX_VALUE }],
    ['protection from a single point of failure', { instancesPerTask: 16, preventSinglePointOfFailure: true }],
    ['no such protection', { vcpusPerTask: 16, preventSinglePointOfFailure: false }],
    ['ratios that only the deployment knows', { instancesPerTask: unknown, vcpusPerTask: unknown }],
  ])('takes %s: %j', (_, props) => {
    expect(TaskScaling.linear(props)._render()).toEqual({ linear: props });
  });

  test.each<[string, LinearScalingProps]>([
    ['nothing', {}],
    ['undefined ratios', { instancesPerTask: undefined, vcpusPerTask: undefined }],
    ['protection alone', { preventSinglePointOfFailure: true }],
  ])('fails on %s and names the ratios there are', (_, props) => {
    expectError(() => TaskScaling.linear(props), 'TaskScaling.linear: received no ratio, expected instancesPerTask, vcpusPerTask or both');
  });

  describe.each(['instancesPerTask', 'vcpusPerTask'] as const)('%s', (name) => {
    test.each([0, -0, -1, -0.5, NaN, Infinity, -Infinity])('fails on %s and says what is allowed', (ratio) => {
      // Beside another good ratio, too: one bad ratio is enough.
      for (const props of [{ [name]: ratio }, { instancesPerTask: 1, vcpusPerTask: 1, [name]: ratio }]) {
        expectError(() => TaskScaling.linear(props), `TaskScaling.linear: ${name}: received ${ratio}, expected a number above 0`);
      }
    });
  });
});

describe('ladder', () => {
  const STEP = { threshold: 1, taskCount: 1 };

  test.each<[string, LadderScalingProps]>([
    ['one step by instances', { instanceSteps: [STEP] }],
    ['one step by vCPUs', { vcpuSteps: [STEP] }],
    ['both ladders, with one threshold in each', { instanceSteps: [STEP], vcpuSteps: [STEP] }],
    ['steps in any order', { instanceSteps: [{ threshold: 50, taskCount: 4 }, { threshold: 1, taskCount: 1 }, { threshold: 10, taskCount: 2 }] }],
    ['steps that ask for fewer tasks', { vcpuSteps: [{ threshold: 1, taskCount: 5 }, { threshold: 2, taskCount: 3 }] }],
    ['taskCount 0', { instanceSteps: [{ threshold: 3, taskCount: 0 }] }],
    ['threshold 0', { vcpuSteps: [{ threshold: 0, taskCount: 3 }] }],
    ['thresholds of a fraction', { vcpuSteps: [{ threshold: 0.5, taskCount: 1 }, { threshold: 0.75, taskCount: 2 }] }],
    ['large numbers', { instanceSteps: [{ threshold: Number.MAX_VALUE, taskCount: Number.MAX_SAFE_INTEGER }] }],
    ['numbers that only the deployment knows', { instanceSteps: [{ threshold: unknown, taskCount: unknown }, STEP] }],
  ])('takes %s: %j', (_, props) => {
    expect(TaskScaling.ladder(props)._render()).toEqual({ ladder: props });
  });

  test.each<[string, LadderScalingProps]>([
    ['nothing', {}],
    ['undefined ladders', { instanceSteps: undefined, vcpuSteps: undefined }],
  ])('fails on %s and names the ladders there are', (_, props) => {
    expectError(() => TaskScaling.ladder(props), 'TaskScaling.ladder: received no ladder, expected instanceSteps, vcpuSteps or both');
  });

  describe.each(['instanceSteps', 'vcpuSteps'] as const)('%s', (name) => {
    /** Both alone and beside a good other ladder. */
    function expectStepsToFail(steps: LadderScalingProps[typeof name], message: string): void {
      for (const props of [{ [name]: steps }, { instanceSteps: [STEP], vcpuSteps: [STEP], [name]: steps }]) {
        expectError(() => TaskScaling.ladder(props), `TaskScaling.ladder: ${name}${message}`);
      }
    }

    test('fails without a step', () => {
      expectStepsToFail([], ': received no step, expected at least one');
    });

    test.each([-1, -0.5, NaN, Infinity, -Infinity])('fails on the threshold %s and names the step', (threshold) => {
      expectStepsToFail([STEP, { threshold, taskCount: 1 }], `[1].threshold: received ${threshold}, expected a number of at least 0`);
    });

    test.each([-1, 0.5, 1.5, NaN, Infinity, 2 ** 53])('fails on the taskCount %s and names the step', (taskCount) => {
      expectStepsToFail([{ threshold: 0, taskCount }, STEP], `[0].taskCount: received ${taskCount}, expected a whole number of at least 0`);
    });

    test.each([
      ['of one count', [STEP, { ...STEP }], 1],
      ['of two counts, apart', [{ threshold: 2.5, taskCount: 1 }, STEP, { threshold: 2.5, taskCount: 9 }], 2.5],
      ['of 0 and -0', [{ threshold: 0, taskCount: 1 }, { threshold: -0, taskCount: 2 }], 0],
    ])('fails on a threshold that is there twice, %s', (_, steps, threshold) => {
      expectStepsToFail(steps, `: received the threshold ${threshold} twice, expected each once`);
    });
  });

  test('keeps its steps when the caller changes the list afterwards', () => {
    const steps = [{ ...STEP }];
    const scaling = TaskScaling.ladder({ instanceSteps: steps });
    steps[0]!.taskCount = -1;
    steps.pop();

    expect(scaling._render()).toEqual({ ladder: { instanceSteps: [STEP] } });
  });
});

describe('what the constructs ask of a scaling', () => {
  const STEPS = [{ threshold: 1, taskCount: 1 }, { threshold: 10, taskCount: 20 }];
  const { tasksPerInstance, linear, ladder } = TaskScaling;

  test.each<[string, TaskScaling, { countsVcpus: boolean; tasksPerInstance?: number; mayLoop: boolean }]>([
    ['tasksPerInstance(1)', tasksPerInstance(1), { countsVcpus: false, tasksPerInstance: 1, mayLoop: true }],
    ['tasksPerInstance(3)', tasksPerInstance(3), { countsVcpus: false, tasksPerInstance: 3, mayLoop: true }],
    ['linear, 1 instance', linear({ instancesPerTask: 1 }), { countsVcpus: false, tasksPerInstance: 1, mayLoop: true }],
    ['linear, 10 instances', linear({ instancesPerTask: 10 }), { countsVcpus: false, tasksPerInstance: 0.1, mayLoop: false }],
    ['linear, barely more than 1 instance', linear({ instancesPerTask: 1.25 }), { countsVcpus: false, tasksPerInstance: 0.8, mayLoop: false }],
    ['linear, half an instance', linear({ instancesPerTask: 0.5 }), { countsVcpus: false, tasksPerInstance: 2, mayLoop: true }],
    ['linear, protected', linear({ instancesPerTask: 4, preventSinglePointOfFailure: true }), { countsVcpus: false, tasksPerInstance: 0.25, mayLoop: false }],
    // An instance may have any number of vCPUs, so it may ask for any number of tasks.
    ['linear, vCPUs', linear({ vcpusPerTask: 64 }), { countsVcpus: true, tasksPerInstance: undefined, mayLoop: true }],
    ['linear, both', linear({ instancesPerTask: 10, vcpusPerTask: 64 }), { countsVcpus: true, tasksPerInstance: undefined, mayLoop: true }],
    // A ladder ends.
    ['ladder, instances', ladder({ instanceSteps: STEPS }), { countsVcpus: false, tasksPerInstance: undefined, mayLoop: false }],
    ['ladder, vCPUs', ladder({ vcpuSteps: STEPS }), { countsVcpus: true, tasksPerInstance: undefined, mayLoop: false }],
    ['ladder, both', ladder({ instanceSteps: STEPS, vcpuSteps: STEPS }), { countsVcpus: true, tasksPerInstance: undefined, mayLoop: false }],
  ])('%s', (_, scaling, expected) => {
    expect({ countsVcpus: scaling._countsVcpus(), tasksPerInstance: scaling._tasksPerInstance(), mayLoop: scaling._mayLoop() }).toEqual(expected);
  });

  test('a number that only the deployment knows is taken for no number of tasks in particular', () => {
    for (const scaling of [tasksPerInstance(unknown), linear({ instancesPerTask: unknown })]) {
      const perInstance = scaling._tasksPerInstance();
      expect(perInstance === 1 || perInstance! > 1).toBe(false);
    }
  });
});
