import { DescribeServicesCommand, ECSClient, ListClustersCommand, UpdateServiceCommand } from '@aws-sdk/client-ecs';
import { BUCKETS, EcsApiError, EventBridgeEvent, FaultOptions, LocalEcs, SimulatedClock, startServer } from '../../local-ecs';

function setUp(faults?: FaultOptions, seed = 1) {
  const clock = new SimulatedClock();
  const ecs = new LocalEcs({ clock, faults, seed });
  return { ecs, clock };
}

/** A cluster with a service; only without faults on writes. */
function withService(faults?: FaultOptions) {
  const { ecs, clock } = setUp(faults);
  ecs.call('CreateCluster', {});
  ecs.call('RegisterTaskDefinition', { family: 'agent', containerDefinitions: [{ name: 'app', image: 'app' }] });
  ecs.call('CreateService', { serviceName: 'agent', taskDefinition: 'agent', desiredCount: 1 });
  return { ecs, clock };
}

const desiredCount = (ecs: LocalEcs) => ecs.call('DescribeServices', { services: ['agent'] }).services[0].desiredCount;
const scale = (ecs: LocalEcs, count: number) => ecs.call('UpdateService', { service: 'agent', desiredCount: count });
const list = (ecs: LocalEcs) => ecs.call('ListContainerInstances', { status: 'ACTIVE' }).containerInstanceArns;
const outcome = (call: () => unknown) => {
  try {
    call();
    return 'ok';
  } catch (error) {
    return (error as EcsApiError).name;
  }
};
const burst = (ecs: LocalEcs, action: string, calls: number) => {
  const outcomes = Array.from({ length: calls }, () => outcome(() => ecs.call(action, {})));
  return outcomes.filter((name) => name === 'ThrottlingException').length;
};

describe('throttling', () => {
  test.each(Object.entries(BUCKETS))('%s: a burst, then the refill, shared by the category', (_, { capacity, refill, actions }) => {
    const { ecs, clock } = setUp({ throttling: true });
    expect(burst(ecs, actions[0], capacity)).toBe(0);
    for (const action of actions) expect(burst(ecs, action, 1)).toBe(1);
    clock.advance(999);
    expect(burst(ecs, actions[0], 1)).toBe(1);
    clock.advance(1);
    expect(burst(ecs, actions.at(-1)!, refill + 3)).toBe(3);
    clock.advance(1500);
    expect(burst(ecs, actions[0], refill + 1)).toBe(1);
    clock.advance(500); // the second that began half a second ago is over
    expect(burst(ecs, actions[0], refill + 1)).toBe(1);
    clock.advance(3_600_000);
    expect(burst(ecs, actions[0], capacity + 1)).toBe(1);
  });

  test('categories have buckets of their own, and some actions none', () => {
    const { ecs } = setUp({ throttling: true });
    burst(ecs, 'ListClusters', 60);
    expect(burst(ecs, 'DescribeServices', 100)).toBe(0);
    expect(burst(ecs, 'RegisterContainerInstance', 500)).toBe(0);
  });

  test('sizes can be set, and it is off by default', () => {
    expect(burst(setUp({ throttling: { clusterRead: { capacity: 2, refill: 1 } } }).ecs, 'ListClusters', 3)).toBe(1);
    expect(burst(setUp().ecs, 'UpdateService', 1000)).toBe(0);
  });

  test('a throttled call has no effect and answers as the API does', () => {
    const { ecs } = withService({ throttling: { serviceModify: { capacity: 2, refill: 5 } } });
    scale(ecs, 5);
    expect(() => scale(ecs, 9)).toThrow(expect.objectContaining({ name: 'ThrottlingException', statusCode: 400, message: 'Rate exceeded' }));
    expect(desiredCount(ecs)).toBe(5);
  });
});

describe('stale reads', () => {
  test('answer from the state of some time ago', () => {
    const { ecs, clock } = withService({ staleReads: { ageMs: 1000 } });
    clock.advance(5000);
    scale(ecs, 3);
    expect(desiredCount(ecs)).toBe(1);
    clock.advance(600);
    scale(ecs, 4);
    expect(desiredCount(ecs)).toBe(1);
    clock.advance(400);
    expect(desiredCount(ecs)).toBe(3);
    clock.advance(600);
    expect(desiredCount(ecs)).toBe(4);
  });

  test('concern listings and helpers, too, and only some reads where a probability says so', () => {
    const { ecs, clock } = withService({ staleReads: { ageMs: 1000, probability: 0.5 } });
    clock.advance(5000);
    ecs.launchInstance('default');
    const lengths = new Set(Array.from({ length: 50 }, () => list(ecs).length));
    expect(lengths).toEqual(new Set([0, 1]));
    clock.advance(1000);
    expect(list(ecs)).toHaveLength(1);
  });

  test('can be frozen for the next reads', () => {
    const { ecs } = withService();
    ecs.freezeReads(2);
    ecs.launchInstance('default');
    expect([list(ecs).length, list(ecs).length, list(ecs).length]).toEqual([0, 0, 1]);
  });
});

test('short pages hold fewer than asked for, and all of them together everything once', () => {
  const { ecs } = withService({ shortPageProbability: 1 });
  const arns = ecs.launchInstances('default', 150);
  const listed: string[] = [];
  let pages = 0;
  let nextToken: string | undefined;
  do {
    const page = ecs.call('ListContainerInstances', { nextToken });
    listed.push(...page.containerInstanceArns);
    nextToken = page.nextToken;
    pages++;
  } while (nextToken);
  expect(listed).toEqual(arns);
  expect(pages).toBeGreaterThan(2);
});

describe('events', () => {
  function received(events: FaultOptions['events'], seed = 1) {
    const { ecs, clock } = setUp({ events }, seed);
    const versions: number[] = [];
    ecs.onEvent((event) => versions.push(event.detail.version));
    ecs.call('CreateCluster', {});
    const arn = ecs.launchInstance('default');
    for (let index = 0; index < 99; index++) {
      clock.advance(1000);
      ecs.setAgentConnected(arn, index % 2 === 1, 'default');
      ecs.flushEvents();
    }
    const before = versions.length;
    ecs.flushEvents(true);
    return { versions, before };
  }
  const all = Array.from({ length: 100 }, (_, index) => index + 1);

  test('come once and in order by default', () => {
    expect(received({}).versions).toEqual(all);
  });

  test('may be lost', () => {
    const { versions } = received({ lost: 0.5 });
    expect(versions.length).toBeGreaterThan(25);
    expect(versions.length).toBeLessThan(75);
  });

  test('may come twice', () => {
    expect(received({ duplicate: 1 }).versions).toEqual(all.flatMap((version) => [version, version]));
  });

  test('may come late and out of order, by the clock', () => {
    const { versions, before } = received({ late: 0.5, lateMs: 10_000 });
    expect(versions).not.toEqual(all);
    expect([...versions].sort((left, right) => left - right)).toEqual(all);
    expect(before).toBeGreaterThan(85);
    expect(before).toBeLessThan(100);
  });

  test('are lost and late in the same way for the same seed', () => {
    const faults = { lost: 0.2, duplicate: 0.2, late: 0.2 };
    expect(received(faults, 3).versions).toEqual(received(faults, 3).versions);
    expect(received(faults, 4).versions).not.toEqual(received(faults, 3).versions);
  });
});

describe('one-shot failures', () => {
  test('hit the next call of the action only', () => {
    const { ecs } = withService();
    ecs.failNext('UpdateService', 'ServiceNotActiveException');
    ecs.failNext('UpdateService', new EcsApiError('AccessDeniedException', 'no', 403));
    expect(desiredCount(ecs)).toBe(1);
    expect(outcome(() => scale(ecs, 2))).toBe('ServiceNotActiveException');
    expect(() => scale(ecs, 2)).toThrow(expect.objectContaining({ name: 'AccessDeniedException', statusCode: 403 }));
    expect(desiredCount(ecs)).toBe(1);
    expect(outcome(() => scale(ecs, 2))).toBe('ok');
    expect(ecs.calls.map(({ error }) => error).filter(Boolean)).toEqual(['ServiceNotActiveException', 'AccessDeniedException']);
  });

  test('may take effect all the same', () => {
    const { ecs } = withService();
    ecs.failNext('UpdateService', 'ServerException', { afterwards: true });
    expect(outcome(() => scale(ecs, 2))).toBe('ServerException');
    expect(desiredCount(ecs)).toBe(2);
  });
});

test.each<[FaultOptions, string, number]>([
  [{ serverErrorProbability: 1 }, 'ServerException', 0],
  [{ dropProbability: 1 }, 'ConnectionDropped', 0],
  [{ lostResponseProbability: 1 }, 'ConnectionDropped', 1],
])('%j: %s, with %i clusters created', (faults, name, created) => {
  const { ecs } = setUp(faults);
  expect(outcome(() => ecs.call('CreateCluster', {}))).toBe(name);
  expect(outcome(() => ecs.launchInstance('default'))).toBe(created ? 'ok' : 'ClusterNotFoundException');
});

describe('over HTTP', () => {
  async function serve<T>(ecs: LocalEcs, use: (client: ECSClient) => Promise<T>): Promise<T> {
    const server = await startServer(ecs);
    const client = new ECSClient({ endpoint: server.endpoint, region: 'us-east-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' }, maxAttempts: 3 });
    try {
      return await use(client);
    } finally {
      await server.close();
      client.destroy();
    }
  }

  test('the SDK retries throttles, 5xx answers and dropped connections', async () => {
    for (const error of ['ThrottlingException', 'ServerException', 'ConnectionDropped']) {
      const { ecs } = withService();
      ecs.failNext('DescribeServices', error);
      const { services } = await serve(ecs, (client) => client.send(new DescribeServicesCommand({ services: ['agent'] })));
      expect(services).toHaveLength(1);
      expect(ecs.calls.slice(-2).map((call) => [call.action, call.error])).toEqual([['DescribeServices', error], ['DescribeServices', undefined]]);
    }
  });

  test('a lost answer to a write is retried, and the write is there', async () => {
    const { ecs } = withService();
    ecs.failNext('UpdateService', 'ConnectionDropped', { afterwards: true });
    const { service } = await serve(ecs, (client) => client.send(new UpdateServiceCommand({ service: 'agent', desiredCount: 4 })));
    expect(service!.desiredCount).toBe(4);
    expect(ecs.calls.filter(({ action }) => action === 'UpdateService')).toHaveLength(2);
  });

  test('other errors are not retried', async () => {
    const { ecs } = withService();
    ecs.failNext('ListClusters', 'AccessDeniedException');
    await expect(serve(ecs, (client) => client.send(new ListClustersCommand({})))).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });

  test.each([[{ latencyMs: 60 }], [{ latencyMs: { min: 60, max: 80 } }]])('answers take their time: %j', async (faults) => {
    const { ecs } = withService(faults);
    const started = performance.now();
    await serve(ecs, (client) => client.send(new ListClustersCommand({})));
    expect(performance.now() - started).toBeGreaterThan(55);
  });
});

describe('clone', () => {
  test('is independent in both directions', () => {
    const { ecs } = withService();
    const [host] = ecs.launchInstances('default', 2);
    ecs.settle();
    const copy = ecs.clone();
    scale(copy, 2);
    copy.settle();
    copy.setAgentConnected(host, false, 'default');
    copy.call('CreateCluster', { clusterName: 'other' });
    copy.call('TagResource', { resourceArn: 'arn:aws:ecs:us-east-1:111122223333:cluster/default', tags: [{ key: 'a', value: 'b' }] });
    expect([desiredCount(ecs), desiredCount(copy)]).toEqual([1, 2]);
    expect(ecs.call('ListClusters').clusterArns).toHaveLength(1);
    expect(ecs.call('DescribeClusters', { include: ['TAGS'] }).clusters[0].tags).toEqual([]);
    expect(ecs.call('ListContainerInstances', { filter: 'agentConnected == true' }).containerInstanceArns).toHaveLength(2);
    ecs.terminateInstance(host, 'default');
    expect(list(copy)).toHaveLength(2);
    expect(copy.calls.length).toBeGreaterThan(ecs.calls.length - 8);
    const calls = ecs.calls.length;
    copy.call('ListClusters');
    expect(ecs.calls).toHaveLength(calls);
  });

  test('continues exactly as the original would: ids, choices, buckets, faults, late events', () => {
    const { ecs, clock } = withService({
      throttling: { clusterRead: { capacity: 5, refill: 1 } }, events: { late: 0.5 }, staleReads: { ageMs: 10, probability: 0.5 },
    });
    ecs.onEvent(() => undefined);
    clock.advance(5000);
    ecs.launchInstances('default', 4);
    scale(ecs, 4);
    ecs.settle();
    scale(ecs, 3);
    ecs.settle();
    ecs.call('ListClusters');
    ecs.failNext('DescribeServices', 'ServerException');
    ecs.freezeReads(1);
    const run = (model: LocalEcs) => {
      const events: EventBridgeEvent[] = [];
      model.onEvent((event) => events.push(event));
      const outcomes = [
        ...Array.from({ length: 6 }, () => outcome(() => model.call('ListClusters'))),
        ...Array.from({ length: 2 }, () => outcome(() => model.call('DescribeServices', { services: ['agent'] }))),
        model.launchInstance('default'),
        list(model),
      ];
      scale(model, 4);
      model.settle();
      scale(model, 1);
      model.settle();
      model.flushEvents(true);
      return JSON.stringify([outcomes, events, model.call('ListTasks', {})]);
    };
    const copy = ecs.clone();
    expect(run(copy)).toBe(run(ecs));
  });

  test('the original\'s listeners stay with it, and the clock may be another', () => {
    const { ecs } = withService();
    let heard = 0;
    ecs.onEvent(() => heard++);
    const copy = ecs.clone(new SimulatedClock(new Date(0)));
    copy.launchInstance('default');
    expect(heard).toBe(0);
    copy.call('ListClusters');
    expect(copy.calls.at(-1)!.time).toEqual(new Date(0));
  });

  test('and construction are cheap: thousands a second', () => {
    const { ecs } = withService();
    ecs.launchInstances('default', 10);
    const started = performance.now();
    for (let index = 0; index < 2000; index++) {
      ecs.clone();
      const fresh = new LocalEcs();
      fresh.call('CreateCluster', {});
      fresh.launchInstances('default', 3);
    }
    expect((performance.now() - started) / 2000).toBeLessThan(1);
  });
});

test('simulated time only moves forward, unless set', () => {
  const clock = new SimulatedClock(new Date(1000));
  clock.advance(500);
  expect(clock.now()).toEqual(new Date(1500));
  expect(() => clock.advance(-1)).toThrow('forward only');
  clock.set(new Date(0));
  expect(clock.now().getTime()).toBe(0);
});
