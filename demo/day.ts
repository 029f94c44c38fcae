import { Stage } from './stage';

export interface Step {
  /** HH:MM */
  readonly at: string;
  readonly name: string;
  play(stage: Stage): Promise<void>;
}

export const DAY_BEGINS = '07:00';
export const DAY_ENDS = '21:00';

/** A cluster's day. The resync runs at every fifth minute, counted from the deployment at 07:00. */
export const DAY: readonly Step[] = [
  { at: '07:00', name: 'Stack created, cluster empty', play: async (stage) => stage.react() },
  { at: '07:45', name: 'Five instances register', play: async (stage) => stage.launch(5, 30) },
  { at: '08:40', name: 'A sixth instance', play: async (stage) => stage.launch(1, 0) },
  {
    at: '09:30',
    name: 'Task churn, agents reconnect',
    play: async (stage) => {
      await stage.churn(10);
      await stage.reconnectAgents(6);
    },
  },
  { at: '10:30', name: 'Burst to twelve', play: async (stage) => stage.launchAtOnce(6) },
  {
    at: '11:20',
    name: 'Events of every age',
    play: async (stage) => {
      await stage.reconnectAgents(2, '2016-minimal');
      await stage.reconnectAgents(2, '2016');
      await stage.reconnectAgents(2, '2017');
      await stage.reconnectAgents(2, 'current');
    },
  },
  {
    at: '12:10',
    name: 'Foreign events, another service',
    play: async (stage) => {
      await stage.sendForeignEvents();
      await stage.deployAnotherService('checkout');
    },
  },
  {
    at: '13:01',
    name: 'Count set to 16 by hand, resync heals',
    play: async (stage) => {
      await stage.setDesiredCount(16);
      await stage.until('13:04');
      stage.expectFollowing();
      await stage.until('13:05');
    },
  },
  { at: '14:10', name: 'Two instances drain', play: async (stage) => stage.drain(2) },
  { at: '15:00', name: 'The drained ones leave', play: async (stage) => stage.terminate(2, 'DRAINING', 20) },
  { at: '15:50', name: 'Three instances terminated', play: async (stage) => stage.terminate(3, 'ACTIVE', 20) },
  { at: '16:45', name: 'Suspended by tag', play: async (stage) => stage.suspend() },
  { at: '17:15', name: 'Two instances join meanwhile', play: async (stage) => stage.launch(2, 30) },
  {
    at: '18:01',
    name: 'Resumed, resync catches up',
    play: async (stage) => {
      await stage.resume();
      await stage.until('18:04');
      stage.expectFollowing();
      await stage.until('18:05');
    },
  },
  {
    at: '19:00',
    name: 'Evening: four instances leave',
    play: async (stage) => {
      for (const time of ['19:00', '19:17', '19:42', '20:08']) {
        await stage.until(time);
        await stage.terminate(1, 'ACTIVE', 0);
      }
    },
  },
];
