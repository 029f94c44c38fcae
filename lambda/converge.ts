import { lastSegment } from './arn';
import { Capacity, countsVcpus, decide, isDrasticCut } from './decide';
import { NotConvergedError } from './errors';
import { Trigger } from './event';
import { allOf, satisfies } from './instance-filter';
import type { Dependencies, InstanceDetails, ServiceGroup, ServiceRun } from './reconcile';

/**
 * Reads, decides and writes until a reading asks for no further write.
 *
 * Each write is followed by one more reading. So of several invocations that race, the last to write reads after every
 * write of the others, and an older count can't stay behind: no lock and no reserved concurrency is needed.
 */

const MAX_WRITES = 3;
/** Long enough for ECS to be consistent in most cases, short enough not to matter. */
const SECOND_READING_DELAY_MS = 1000;
/** An integer on the wire. ECS itself takes far less, but says so. */
const MAX_DESIRED_COUNT = 2 ** 31 - 1;

/** What the cluster has at a moment. */
interface Reading {
  readonly arns: ReadonlySet<string>;
  /** Where a service of the group needs them. */
  readonly details?: readonly InstanceDetails[];
}

export async function converge(group: ServiceGroup, trigger: Trigger, readOnly: boolean, dependencies: Dependencies): Promise<void> {
  const { ecs } = dependencies;
  const read = async (): Promise<Reading> => {
    const arns = await ecs.listContainerInstances(group.clusterArn, group.statuses, allOf(group.terms));
    return { arns, details: needsDetails(group) ? await ecs.describeContainerInstances(group.clusterArn, arns) : undefined };
  };
  const readAgain = async () => {
    await dependencies.sleep(SECOND_READING_DELAY_MS);
    return read();
  };

  let previous: Reading | undefined;
  let reading = await read();
  if (contradicts(trigger, group, reading)) {
    [previous, reading] = [reading, await readAgain()];
  }
  for (;;) {
    if (cuts(group, reading).length > 0 && !(previous && isConfirmed(group, previous, reading))) {
      [previous, reading] = [reading, await readAgain()];
    }
    decideAll(group, reading);
    stopUnconfirmedCuts(group, previous, reading, dependencies.warn);
    stopAtLimit(group);
    if (readOnly || !await apply(group, dependencies)) {
      return;
    }
    [previous, reading] = [undefined, await read()];
  }
}

/** Whether a reading must tell more of each instance than that it is there. */
function needsDetails(group: ServiceGroup): boolean {
  return group.services.some(({ config }) => config.capacityProviderNames !== undefined || countsVcpus(config.scaling));
}

/** Whether the event's own instance and the listing disagree: one of the two is out of date. */
function contradicts(trigger: Trigger, group: ServiceGroup, reading: Reading): boolean {
  const instance = trigger.kind === 'containerInstance' ? trigger.instance : undefined;
  if (instance?.status === undefined) {
    return false;
  }
  const id = lastSegment(instance.arn);
  const listed = [...reading.arns].some((arn) => lastSegment(arn) === id);
  const countable = (group.statuses as readonly string[]).includes(instance.status);
  return listed ? !countable : countable && satisfies(group.terms, instance) === true;
}

function active(group: ServiceGroup): ServiceRun[] {
  return group.services.filter((service) => !service.skip && !service.error);
}

function capacityFor({ config }: ServiceRun, { arns, details }: Reading): Capacity {
  const names = config.capacityProviderNames;
  const counted = names
    ? details!.filter(({ capacityProviderName }) => capacityProviderName !== undefined && names.includes(capacityProviderName))
    : details;
  return {
    instances: counted?.length ?? arns.size,
    vcpus: countsVcpus(config.scaling) ? counted!.reduce((sum, instance) => sum + instance.vcpus, 0) : null,
  };
}

function taskCountFor(service: ServiceRun, reading: Reading): number {
  return decide(service.desiredCount, capacityFor(service, reading), service.config).taskCount;
}

/** The services whose count this reading would cut drastically. */
function cuts(group: ServiceGroup, reading: Reading): ServiceRun[] {
  return active(group).filter((service) => isDrasticCut(service.desiredCount, taskCountFor(service, reading)));
}

function isConfirmed(group: ServiceGroup, first: Reading, second: Reading): boolean {
  return cuts(group, second).every((service) => taskCountFor(service, first) === taskCountFor(service, second));
}

function decideAll(group: ServiceGroup, reading: Reading): void {
  for (const service of active(group)) {
    service.capacity = capacityFor(service, reading);
    service.decision = decide(service.desiredCount, service.capacity, service.config);
    if (service.decision.taskCount > MAX_DESIRED_COUNT) {
      service.error = new Error(`the scaling asks for ${service.decision.taskCount} tasks, more than ECS can be asked for`);
    }
  }
}

/** A surplus is cheap, stopped tasks are not: a drastic cut is written only where both readings ask for the same count. */
function stopUnconfirmedCuts(group: ServiceGroup, first: Reading | undefined, second: Reading, warn: Dependencies['warn']): void {
  for (const service of cuts(group, second)) {
    const before = first && taskCountFor(service, first);
    const after = taskCountFor(service, second);
    if (before === after) {
      warn({ warning: 'drasticCut', cluster: group.clusterArn, service: service.config.serviceArn, desiredCount: service.desiredCount, newDesiredCount: after });
    } else {
      service.error = new NotConvergedError(
        `two readings of the cluster ask for ${before} and then for ${after} tasks; a cut from ${service.desiredCount} to less than half needs both to agree`);
    }
  }
}

function stopAtLimit(group: ServiceGroup): void {
  for (const service of active(group)) {
    if (service.writes === MAX_WRITES && service.decision!.decision === 'scale') {
      service.error = new NotConvergedError(
        `the cluster still changes after ${MAX_WRITES} writes: the desired count is ${service.desiredCount}, needed now is ${service.decision!.taskCount}`);
    }
  }
}

/** Writes what was decided, and says whether anything was written. */
async function apply(group: ServiceGroup, { ecs }: Dependencies): Promise<boolean> {
  let wrote = false;
  for (const service of active(group)) {
    const { decision, taskCount } = service.decision!;
    if (decision === 'scale') {
      try {
        await ecs.updateDesiredCount(group.clusterArn, service.config.serviceArn, taskCount);
        service.desiredCount = taskCount;
        service.writes += 1;
        wrote = true;
      } catch (error) {
        refuse(service, error as Error);
      }
    }
  }
  return wrote;
}

/** A service that went away between reading and writing is one to skip, not a failure. */
function refuse(service: ServiceRun, error: Error): void {
  switch (error.name) {
    case 'ServiceNotFoundException':
      service.skip = 'serviceNotFound';
      break;
    case 'ServiceNotActiveException':
      service.skip = 'serviceNotActive';
      break;
    default:
      service.error = error;
  }
}
