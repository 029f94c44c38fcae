import { invalidParameter, resourceNotFound } from '../errors';
import { Tag } from '../model';
import { Input, readTags, requiredString, requiredStrings } from '../validation';
import { resourceOf, World } from '../world';

interface Taggable { readonly tags: readonly Tag[]; set(tags: Tag[]): void }

/** Tags of clusters, services and container instances. */
export function tagResource(world: World, input: Input): object {
  const resource = find(world, requiredString(input, 'resourceArn'));
  const added = readTags(input);
  if (added.length === 0) throw invalidParameter('tags cannot be empty.');
  const kept = resource.tags.filter(({ key }) => !added.some((tag) => tag.key === key));
  if (kept.length + added.length > 50) throw invalidParameter('A resource can have at most 50 tags.');
  resource.set([...kept, ...added]);
  return {};
}

export function untagResource(world: World, input: Input): object {
  const resource = find(world, requiredString(input, 'resourceArn'));
  const keys = requiredStrings(input, 'tagKeys', 50);
  resource.set(resource.tags.filter(({ key }) => !keys.includes(key)));
  return {};
}

export function listTagsForResource(world: World, input: Input): object {
  return { tags: find(world, requiredString(input, 'resourceArn')).tags };
}

function find(world: World, resourceArn: string): Taggable {
  if (!resourceArn.startsWith('arn:')) throw invalidParameter('resourceArn must be an ARN.');
  const [kind, clusterName, name] = resourceOf(world, resourceArn).split('/');
  const cluster = world.state.clusters.get(clusterName);
  const service = kind === 'service' ? cluster?.services.get(name) : undefined;
  const instance = kind === 'container-instance' ? cluster?.instances.get(name) : undefined;
  if (cluster && service) return { tags: service.tags, set: (tags) => cluster.services.set(name, { ...service, tags }) };
  if (cluster && instance) return { tags: instance.tags, set: (tags) => cluster.instances.set(name, { ...instance, tags }) };
  if (cluster && kind === 'cluster') return { tags: cluster.tags, set: (tags) => { cluster.tags = tags; } };
  throw resourceNotFound('The specified resource was not found.');
}
