import { LocalEcs } from '../../../local-ecs';
import type { ReconcilerConfig, ServiceConfig } from '../../../src/contract';

/** Three clusters, some of whose services are managed; whatever is said in an event, the others must be left alone. */

const [REGION, ACCOUNT] = ['eu-central-1', '999988887777'];
export const PREFIX = `arn:aws:ecs:${REGION}:${ACCOUNT}`;
export const CLUSTERS = ['edge', 'core', 'lab'];
export const clusterArn = (name: string) => `${PREFIX}:cluster/${name}`;
export const serviceArn = (cluster: string, name: string) => `${PREFIX}:service/${cluster}/${name}`;

export function makeWorld(): LocalEcs {
  const ecs = new LocalEcs({ region: REGION, accountId: ACCOUNT });
  ecs.call('RegisterTaskDefinition', { family: 'task', containerDefinitions: [{ name: 'task', image: 'task', cpu: 64, memory: 64 }] });
  for (const [index, cluster] of CLUSTERS.entries()) {
    ecs.call('CreateCluster', { clusterName: cluster });
    ecs.launchInstances(cluster, 4 + index);
    const service = (serviceName: string, options: object) => ecs.call('CreateService', { cluster, serviceName, taskDefinition: 'task', desiredCount: 3, ...options });
    service('node-agent', { launchType: 'EC2', placementConstraints: [{ type: 'distinctInstance' }] });
    service('web', { launchType: 'EC2' });
  }
  ecs.launchInstances('edge', 2, { attributes: { stack: 'blue' }, cpu: 4096, instanceType: 'c7g.xlarge', capacityProviderName: 'spot' });
  ecs.launchInstance('edge', { external: true });
  ecs.setInstanceStatus(ecs.launchInstance('edge'), 'DRAINING', 'edge');
  const edge = (serviceName: string, options: object = {}) =>
    ecs.call('CreateService', { cluster: 'edge', serviceName, taskDefinition: 'task', desiredCount: 3, launchType: 'EC2', ...options });
  edge('dns', { placementConstraints: [{ type: 'memberOf', expression: 'attribute:ecs.os-type == linux' }] });
  edge('cache');
  edge('paused', { tags: [{ key: 'daemon-service-autoscaler:suspended', value: 'true' }] });
  edge('native', { schedulingStrategy: 'DAEMON', desiredCount: undefined });
  ecs.calls.length = 0;
  return ecs;
}

const service = (name: string, options: Omit<ServiceConfig, 'serviceArn'>): ServiceConfig => ({ serviceArn: serviceArn('edge', name), ...options });

/** Several services of one cluster under one function; and a fleet of listed clusters, and of all. */
export const CONFIGS: readonly ReconcilerConfig[] = [
  {
    clusterArn: clusterArn('edge'),
    services: [
      service('node-agent', { scaling: { tasksPerInstance: 1 } }),
      service('dns', { scaling: { linear: { instancesPerTask: 2.5, vcpusPerTask: 4, preventSinglePointOfFailure: true } }, minTaskCount: 2, maxTaskCount: 50 }),
      service('cache', {
        scaling: {
          ladder: {
            instanceSteps: [{ threshold: 2, taskCount: 5 }, { threshold: 0, taskCount: 1 }],
            vcpuSteps: [{ threshold: 8.5, taskCount: 9 }, { threshold: 1, taskCount: 2 }],
          },
        },
        instanceFilters: ['attribute:stack == blue'],
        capacityProviderNames: ['spot'],
        countDrainingInstances: true,
        minTaskCount: 1,
        maxTaskCount: 12,
      }),
      service('paused', { scaling: { tasksPerInstance: 2 } }),
      service('native', { scaling: { tasksPerInstance: 3 } }),
      service('missing', { scaling: { tasksPerInstance: 1 } }),
    ],
  },
  {
    fleet: {
      serviceName: 'node-agent',
      clusterArnPrefix: clusterArn(''),
      clusterArns: [clusterArn('edge'), clusterArn('core'), clusterArn('gone')],
      scaling: { tasksPerInstance: 2 },
      minTaskCount: 4,
      maxTaskCount: 9,
    },
  },
  { fleet: { serviceName: 'web', clusterArnPrefix: clusterArn(''), scaling: { linear: { instancesPerTask: 3 } } } },
];

/** A call by the test itself: not among those that the function made. */
export function ask(ecs: LocalEcs, action: string, input: object): any {
  const made = ecs.calls.length;
  try {
    return ecs.call(action, input);
  } finally {
    ecs.calls.length = made;
  }
}

/** The desired count of every service there is, managed or not. */
export function desiredCounts(ecs: LocalEcs): Record<string, number> {
  return Object.fromEntries(CLUSTERS.flatMap((cluster) => {
    const { serviceArns } = ask(ecs, 'ListServices', { cluster, maxResults: 100 });
    return ask(ecs, 'DescribeServices', { cluster, services: serviceArns }).services.map((one: any) => [one.serviceArn, one.desiredCount]);
  }));
}
