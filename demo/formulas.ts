import { Instance } from './observe';

/** What of a cluster counts for a service. */
export interface Capacity {
  readonly instances: number;
  readonly vcpus: number;
}

/** The desired count that the README promises for a capacity: written down once more, with nothing of the library. */
export type Formula = (capacity: Capacity) => number;

export const onePerInstance: Formula = ({ instances }) => instances;

export function linear(ratios: { readonly instancesPerTask: number; readonly vcpusPerTask: number }): Formula {
  return ({ instances, vcpus }) => Math.max(
    Math.ceil(instances / ratios.instancesPerTask),
    Math.ceil(vcpus / ratios.vcpusPerTask),
    // preventSinglePointOfFailure
    instances > 1 ? 2 : 0,
  );
}

/** Steps in ascending order. */
export function ladder(steps: readonly { readonly threshold: number; readonly taskCount: number }[]): Formula {
  return ({ instances }) => {
    let { taskCount } = steps[0];
    for (const step of steps) if (step.threshold <= instances) taskCount = step.taskCount;
    return taskCount;
  };
}

/** The ACTIVE instances, of the types that match. */
export function capacityOf(instances: readonly Instance[], types = /^/): Capacity {
  const counted = instances.filter((instance) => instance.status === 'ACTIVE' && types.test(typeOf(instance)));
  const cpuUnits = counted.reduce((sum, { registeredResources }) => sum + registeredResources.find(({ name }) => name === 'CPU')!.integerValue, 0);
  return { instances: counted.length, vcpus: cpuUnits / 1024 };
}

export function typeOf({ attributes }: Instance): string {
  return attributes.find(({ name }) => name === 'ecs.instance-type')?.value ?? '';
}
