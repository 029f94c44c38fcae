/*
 * What each stack of app.js is meant to hear, in plain code: nothing here knows a pattern.
 */

export interface Place {
  readonly partition: string;
  readonly region: string;
  readonly accountId: string;
}

/** What an autoscaler manages. */
export interface Shape {
  readonly stack: string;
  /** The clusters by name; without, all of the account and Region. */
  readonly clusters?: readonly string[];
  /** In a fleet: the name of the service. */
  readonly fleetService?: string;
}

export const SITES = Array.from({ length: 60 }, (_, index) => `site-${index}`);

export const SHAPES: readonly Shape[] = [
  { stack: 'Bound', clusters: ['edge'] },
  { stack: 'BoundToOwnCluster', clusters: ['edge'] },
  { stack: 'SeveralServices', clusters: ['edge-2'] },
  { stack: 'Fleet', fleetService: 'node-agent' },
  { stack: 'FleetWithClusters', clusters: ['edge', 'core'], fleetService: 'node-agent' },
  { stack: 'FleetWithManyClusters', clusters: ['edge', ...SITES], fleetService: 'log-agent' },
];

export type Kind = 'containerInstance' | 'deployment' | 'stack';

/** The kind of rule that should wake the function with this event; none where it shouldn't be woken. */
export function intended(shape: Shape, place: Place, stackId: string, event: any): Kind | undefined {
  if (event.source === 'aws.ecs' && event['detail-type'] === 'ECS Container Instance State Change') {
    // Whatever the instance's status is: also one that leaves changes the count.
    return isManagedCluster(shape, place, event) ? 'containerInstance' : undefined;
  }
  if (event.source === 'aws.ecs' && event['detail-type'] === 'ECS Deployment State Change') {
    return event.resources?.some((resource: string) => isManagedService(shape, place, event, resource)) ? 'deployment' : undefined;
  }
  if (event.source === 'aws.cloudformation' && event['detail-type'] === 'CloudFormation Stack Status Change') {
    const status = event.detail?.['status-details']?.status;
    const finished = ['CREATE_COMPLETE', 'IMPORT_COMPLETE', 'UPDATE_COMPLETE', 'UPDATE_ROLLBACK_COMPLETE'].includes(status);
    return finished && event.detail['stack-id'] === stackId ? 'stack' : undefined;
  }
  return undefined;
}

function isManagedCluster({ clusters }: Shape, place: Place, event: any): boolean {
  if (!clusters) return isHere(place, event);
  const { isOfPlace, type, path } = parseArn(place, event.detail?.clusterArn);
  return isOfPlace && type === 'cluster' && path.length === 1 && clusters.includes(path[0]);
}

function isManagedService({ clusters, fleetService }: Shape, place: Place, event: any, resource: string): boolean {
  const { isOfPlace, type, path } = parseArn(place, resource);
  // By name alone, whichever cluster: the function knows which are managed, and makes no call for another.
  if (fleetService) return isHere(place, event) && path.at(-1) === fleetService;
  // By cluster alone, whichever service. A short ARN names no cluster: the resync looks after such a service.
  return isOfPlace && type === 'service' && path.length === 2 && clusters!.includes(path[0]);
}

function isHere(place: Place, event: any): boolean {
  return event.account === place.accountId && event.region === place.region;
}

function parseArn(place: Place, arn: unknown): { isOfPlace: boolean; type?: string; path: string[] } {
  const [prefix, partition, service, region, accountId, resource = '', ...more] = String(arn).split(':');
  const [type, ...path] = resource.split('/');
  const isOfPlace = prefix === 'arn' && partition === place.partition && service === 'ecs' && region === place.region
    && accountId === place.accountId && more.length === 0;
  return { isOfPlace, type, path };
}
