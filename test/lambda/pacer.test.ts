import { VirtualTime } from './virtual-time';
import { PacedAction, Pacer } from '../../lambda/pacer';

/** When each of so many calls is let through, in seconds from the first. */
async function turns(actions: PacedAction[], idleSeconds = 0): Promise<number[]> {
  let milliseconds = 1_000_000;
  const time = new VirtualTime((passed) => { milliseconds += passed; }, () => milliseconds);
  const pacer = new Pacer(time.sleep, time.now);
  await pacer.turn(actions[0]!);
  milliseconds += idleSeconds * 1000;
  const start = milliseconds;
  return time.run(Promise.all(actions.map(async (action) => {
    await pacer.turn(action);
    return (milliseconds - start) / 1000;
  })));
}

const repeat = (action: PacedAction, count: number) => Array.from({ length: count }, () => action);

test.each<[PacedAction, number, number]>([
  ['ListClusters', 12, 5],
  ['DescribeServices', 25, 5],
  ['ListContainerInstances', 25, 5],
  ['DescribeContainerInstances', 25, 5],
  ['UpdateService', 12, 1.25],
])('%s: %d at once after a rest, then %d a second', async (action, burst, perSecond) => {
  const times = await turns(repeat(action, burst + 10), 3600);
  expect(times.filter((time) => time === 0)).toHaveLength(burst);
  times.slice(burst).forEach((time, index) => expect(time).toBeCloseTo((index + 1) / perSecond));
});

test('actions of one category share its calls, others do not', async () => {
  const times = await turns([...repeat('ListContainerInstances', 20), ...repeat('DescribeContainerInstances', 20), ...repeat('DescribeServices', 20)], 3600);
  expect(times.slice(0, 40).filter((time) => time === 0)).toHaveLength(25);
  expect(times.slice(40).filter((time) => time === 0)).toHaveLength(20);
});

test('without a rest there is no burst', async () => {
  expect(await turns(repeat('UpdateService', 13))).toEqual([...Array.from({ length: 11 }, () => 0), 0.8, 1.6]);
});
