import { ECSClient } from '@aws-sdk/client-ecs';
import { Access, explore, Program, Scenario, Step } from './interleavings';
import { EcsGateway } from '../../lambda/ecs-gateway';
import { parseEvent, Trigger } from '../../lambda/event';
import { EcsPort, reconcile } from '../../lambda/reconcile';
import { LocalEcs, SimulatedClock } from '../../local-ecs';
import { ReconcilerConfig } from '../../src/contract';

/**
 * Invocations that race, in every order of their API calls and of the cluster's changes. Each change emits the event that
 * wakes an invocation; each API call is one step. Invocations that fail are run again, as Lambda does, twice at most.
 */

const CLUSTER = 'edge';
const SERVICE = 'node-agent';
const RETRIES = 2;

/** The cluster before the race: as many instances as given, and a service that is in sync. */
function before(instances: number, desiredCount = instances): LocalEcs {
  const ecs = new LocalEcs({ clock: new SimulatedClock(new Date('2026-04-09T06:00:00Z')) });
  ecs.call('CreateCluster', { clusterName: CLUSTER });
  ecs.launchInstances(CLUSTER, instances);
  ecs.call('RegisterTaskDefinition', { family: 'agent', containerDefinitions: [{ name: 'agent', image: 'agent', cpu: 64, memory: 64 }] });
  ecs.call('CreateService', { cluster: CLUSTER, serviceName: SERVICE, taskDefinition: 'agent', desiredCount, placementConstraints: [{ type: 'distinctInstance' }] });
  return ecs;
}

function config(ecs: LocalEcs): ReconcilerConfig {
  const prefix = `arn:aws:ecs:${ecs.region}:${ecs.accountId}`;
  return { clusterArn: `${prefix}:cluster/${CLUSTER}`, services: [{ serviceArn: `${prefix}:service/${CLUSTER}/${SERVICE}`, scaling: { tasksPerInstance: 1 } }] };
}

const activeInstances = (ecs: LocalEcs): string[] => ecs.call('ListContainerInstances', { cluster: CLUSTER, status: 'ACTIVE' }).containerInstanceArns;
const desiredCount = (ecs: LocalEcs): number => ecs.call('DescribeServices', { cluster: CLUSTER, services: [SERVICE] }).services[0].desiredCount;

/** What the API calls and the cluster's changes touch. */
const TOUCHED: Record<string, Access> = {
  DescribeServices: { reads: ['service'] },
  UpdateService: { writes: ['service'] },
  ListContainerInstances: { reads: ['instances'] },
};
const CHANGE: Access = { writes: ['instances'] };

/** The real gateway, whose calls are steps. */
function gateway(ecs: LocalEcs, step: Step): EcsPort {
  const send = (command: { constructor: { name: string }; input: object }) => {
    const action = command.constructor.name.replace(/Command$/, '');
    return step(TOUCHED[action]!, () => ecs.call(action, command.input));
  };
  return new EcsGateway({ send } as unknown as ECSClient);
}

/** What a reconciler without the confirm step would see: after its own write the reading of before, at no call. */
function withoutConfirm(port: EcsPort): EcsPort {
  let reading: ReadonlySet<string> | undefined;
  let wrote = false;
  return {
    listClusters: () => port.listClusters(),
    describeContainerInstances: (...args) => port.describeContainerInstances(...args),
    describeServices: (...args) => port.describeServices(...args),
    listContainerInstances: async (...args) => (reading = wrote ? reading! : await port.listContainerInstances(...args)),
    updateDesiredCount: async (...args) => {
      await port.updateDesiredCount(...args);
      wrote = true;
    },
  };
}

function invocation(ecs: LocalEcs, trigger: Trigger, decorate: (port: EcsPort) => EcsPort): Program {
  return async (step) => {
    for (let attempt = 0; attempt <= RETRIES; attempt += 1) {
      const dependencies = { ecs: decorate(gateway(ecs, step)), sleep: async () => {}, warn: () => {}, random: () => 0 };
      const outcome = await reconcile(trigger, config(ecs), dependencies);
      if (outcome.failures.length === 0) {
        return;
      }
    }
  };
}

type Change = (ecs: LocalEcs) => void;
const grow: Change = (ecs) => void ecs.launchInstance(CLUSTER);
const shrink: Change = (ecs) => ecs.terminateInstance(activeInstances(ecs)[0]!, CLUSTER);
const drain: Change = (ecs) => void ecs.call('UpdateContainerInstancesState', { cluster: CLUSTER, containerInstances: [activeInstances(ecs)[0]], status: 'DRAINING' });
const times = (count: number, change: Change): Change => (ecs) => Array.from({ length: count }).forEach(() => change(ecs));

interface Race {
  readonly instances: number;
  readonly desiredCount?: number;
  /** Each wakes one invocation. */
  readonly changes: readonly Change[];
  /** Invocations that are woken from the start. */
  readonly resyncs?: number;
  readonly decorate?: (port: EcsPort) => EcsPort;
}

interface End {
  readonly instances: number;
  readonly desiredCount: number;
}

function scenario({ instances, desiredCount: initial, changes, resyncs = 0, decorate = (port) => port }: Race, ends: End[]): Scenario {
  const start = before(instances, initial);
  let ecs!: LocalEcs;
  return {
    start(spawn) {
      ecs = start.clone();
      let woken: Trigger | undefined;
      ecs.onEvent((event) => {
        if (event['detail-type'] === 'ECS Container Instance State Change') {
          woken = parseEvent(event);
        }
      });
      for (let count = 0; count < resyncs; count += 1) {
        spawn(invocation(ecs, { kind: 'reconcile' }, decorate));
      }
      spawn(async (step) => {
        for (const change of changes) {
          await step(CHANGE, () => {
            change(ecs);
            spawn(invocation(ecs, woken!, decorate));
          });
        }
      });
    },
    check() {
      ends.push({ instances: activeInstances(ecs).length, desiredCount: desiredCount(ecs) });
    },
  };
}

async function race(name: string, description: Race, everyOrder: boolean): Promise<End[]> {
  const ends: End[] = [];
  const orders = await explore(scenario(description, ends), everyOrder);
  expect(ends).toHaveLength(orders);
  process.stdout.write(`${name}: ${orders} interleavings${everyOrder ? '' : ' that differ'}, ${ends.filter(isWrong).length} end on a wrong count\n`);
  return ends;
}

const isWrong = (end: End) => end.instances !== end.desiredCount;
const kinds = (ends: readonly End[]) => [...new Set(ends.map((end) => JSON.stringify(end)))].sort();

const ofTwo: Array<[string, Race]> = [
  ['an instance comes, another comes', { instances: 4, changes: [grow, grow] }],
  ['an instance comes, another goes', { instances: 4, changes: [grow, shrink] }],
  ['an instance goes, another comes', { instances: 4, changes: [shrink, grow] }],
  ['two instances go, one after the other', { instances: 4, changes: [shrink, shrink] }],
  ['an instance drains, another comes', { instances: 4, changes: [drain, grow] }],
  ['most of the cluster goes, then comes back', { instances: 4, changes: [times(3, shrink), times(3, grow)] }],
  ['the cluster empties, then one comes', { instances: 2, changes: [times(2, shrink), grow] }],
  ['a resync heals a manual change while an instance comes', { instances: 4, desiredCount: 9, changes: [grow], resyncs: 1 }],
  ['two resyncs heal a manual change', { instances: 4, desiredCount: 1, changes: [], resyncs: 2 }],
];

const ofThree: Array<[string, Race]> = [
  ['three instances come', { instances: 4, changes: [grow, grow, grow] }],
  ['one comes, one goes, one comes', { instances: 4, changes: [grow, shrink, grow] }],
  ['two go, then as many come', { instances: 4, changes: [shrink, shrink, times(2, grow)] }],
  ['a manual change and two new instances', { instances: 4, desiredCount: 9, changes: [grow, grow], resyncs: 1 }],
];

describe('two invocations, in every order', () => {
  test.each(ofTwo)('%s', async (name, description) => {
    const ends = await race(name, description, true);
    expect(ends.filter(isWrong)).toEqual([]);
    expect(ends.length).toBeGreaterThan(50);
  });

  test('without the confirm step an older count stays behind in some', async () => {
    const ends = await race('without the confirm step', { instances: 4, changes: [grow, grow], decorate: withoutConfirm }, true);
    expect(ends.filter(isWrong)).toContainEqual({ instances: 6, desiredCount: 5 });
  });
});

describe('three invocations, in every order that makes a difference', () => {
  test.each(ofThree)('%s', async (name, description) => {
    const ends = await race(name, description, false);
    expect(ends.filter(isWrong)).toEqual([]);
    expect(ends.length).toBeGreaterThan(50);
  });

  test('without the confirm step an older count stays behind in some', async () => {
    const ends = await race('without the confirm step', { instances: 4, changes: [grow, grow, grow], decorate: withoutConfirm }, false);
    expect(ends.filter(isWrong)).toContainEqual({ instances: 7, desiredCount: 5 });
  });

  test.each([['with', undefined], ['without', withoutConfirm]])('leaving out orders that make no difference loses no outcome, %s the confirm step', async (name, decorate) => {
    const description = { instances: 4, changes: [grow, shrink], decorate };
    const [all, some] = [await race(`${name} confirm`, description, true), await race(`${name} confirm`, description, false)];
    expect(some.length).toBeLessThan(all.length);
    expect(kinds(some)).toEqual(kinds(all));
  });
});
