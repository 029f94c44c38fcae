import { ClustersStage } from './clusters-stage';
import { onePerInstance } from './formulas';
import { FLEET_SERVICE, MIXED_CLUSTER } from './second-act-app';
import { LaunchOptions } from '../local-ecs';

export interface ActStep {
  /** HH:MM */
  readonly at: string;
  readonly name: string;
  play(stage: ClustersStage): Promise<void>;
}

/** 2 vCPUs. */
export const SMALL: LaunchOptions = { instanceType: 'c7g.large', cpuArchitecture: 'arm64', cpu: 2 * 1024, memory: 3_884 };
/** 4 vCPUs. */
export const MEDIUM: LaunchOptions = { instanceType: 'm7i.xlarge', cpu: 4 * 1024, memory: 15_758 };
/** 16 vCPUs. */
export const LARGE: LaunchOptions = { instanceType: 'c7g.4xlarge', cpuArchitecture: 'arm64', cpu: 16 * 1024, memory: 31_758 };

export const ACT_BEGINS = '09:00';
/** The fleet comes to be while the mixed cluster goes on. */
export const FLEET_BEGINS = '10:00';
export const ACT_ENDS = '11:01';

/** A cluster of mixed sizes grows and shrinks. */
export const MIXED_STORY: readonly ActStep[] = [
  { at: ACT_BEGINS, name: 'Stack created, two small instances', play: async (stage) => stage.react() },
  { at: '09:08', name: 'Two medium ones join', play: async (stage) => stage.launch(MIXED_CLUSTER, 2, MEDIUM) },
  { at: '09:16', name: 'Three large ones: vCPUs decide for dns', play: async (stage) => stage.launch(MIXED_CLUSTER, 3, LARGE) },
  { at: '09:24', name: 'Three more medium ones', play: async (stage) => stage.launch(MIXED_CLUSTER, 3, MEDIUM) },
  { at: '09:32', name: 'A large one drains', play: async (stage) => stage.drain(MIXED_CLUSTER, 1, LARGE.instanceType) },
  {
    at: '09:40',
    name: 'It leaves, and another large one',
    play: async (stage) => {
      await stage.terminate(MIXED_CLUSTER, 1, 'DRAINING');
      await stage.terminate(MIXED_CLUSTER, 1, 'ACTIVE', LARGE.instanceType);
    },
  },
  { at: '09:48', name: 'All medium ones leave', play: async (stage) => stage.terminate(MIXED_CLUSTER, 5, 'ACTIVE', MEDIUM.instanceType) },
];

/** Clusters with the fleet's service before the fleet's function is there, and their instances. */
export const FLEET_CLUSTERS: Readonly<Record<string, number>> = { shop: 2, search: 3, payments: 4 };
/** The cluster that is created later. */
export const NEW_CLUSTER = 'reports';

/** What happens in the clusters of an account. The fleet's resync runs at every quarter of an hour. */
export const FLEET_STORY: readonly ActStep[] = [
  { at: FLEET_BEGINS, name: 'Stack created: the fleet is adopted', play: async (stage) => stage.react() },
  { at: '10:05', name: 'shop grows by three', play: async (stage) => stage.launch('shop', 3, MEDIUM) },
  { at: '10:10', name: 'search grows by two', play: async (stage) => stage.launch('search', 2, MEDIUM) },
  { at: '10:20', name: 'mixed grows: none of the fleet\'s business', play: async (stage) => stage.launch(MIXED_CLUSTER, 1, LARGE) },
  {
    at: '10:25',
    name: 'A cluster is created, and its service',
    play: async (stage) => {
      stage.createCluster(NEW_CLUSTER);
      await stage.launch(NEW_CLUSTER, 3, SMALL);
      stage.expect(NEW_CLUSTER, FLEET_SERVICE, onePerInstance);
      await stage.deployService(NEW_CLUSTER, FLEET_SERVICE);
    },
  },
  {
    at: '10:31',
    name: 'payments set to 7 by hand, resync heals',
    play: async (stage) => {
      await stage.setDesiredCount('payments', FLEET_SERVICE, 7);
      await stage.until('10:44');
      stage.expectHealing('payments', FLEET_SERVICE);
      await stage.until('10:45');
    },
  },
  { at: '10:52', name: 'search shrinks by one', play: async (stage) => stage.terminate('search', 1, 'ACTIVE') },
];
