import { invalidParameter } from '../errors';
import { hash } from '../random';
import { Input, optionalInteger, optionalString } from '../validation';
import { World } from '../world';

/**
 * One page of `items`, which come in order of `sequence`. A token is opaque, holds the last sequence returned and is bound to
 * the query: the same token with another cluster, filter or status is an InvalidParameterException. What is added while
 * someone pages shows up on a later page; what is removed is just missing.
 *
 * Pages hold `defaultSize` results unless maxResults (1 to 100) says otherwise, and may hold fewer though more follow
 * ("it's possible the number of results to be fewer than maxResults": ListContainerInstances, Amazon ECS API Reference).
 */
export function page<T extends { readonly sequence: number }>(
  world: World, input: Input, query: readonly unknown[], items: Iterable<T>, accepts: (item: T) => boolean, defaultSize = 100,
): { readonly items: T[]; readonly nextToken?: string } {
  let size = optionalInteger(input, 'maxResults', 1, 100) ?? defaultSize;
  const key = hash(JSON.stringify(query));
  const after = readToken(optionalString(input, 'nextToken'), key);
  if (size > 1 && world.faults.chance(world.shortPageProbability)) size = 1 + world.faults.below(size - 1);
  const found: T[] = [];
  for (const item of items) {
    if (item.sequence <= after || !accepts(item)) continue;
    if (found.length === size) return { items: found, nextToken: writeToken(found[size - 1].sequence, key) };
    found.push(item);
  }
  return { items: found };
}

const writeToken = (after: number, key: number) => Buffer.from(JSON.stringify([after, key])).toString('base64url');

function readToken(token: string | undefined, key: number): number {
  if (token === undefined) return -1;
  try {
    const [after] = JSON.parse(Buffer.from(token, 'base64url').toString());
    if (Number.isInteger(after) && writeToken(after, key) === token) return after;
  } catch {
    // Not one of ours: the same answer as for another query's.
  }
  throw invalidParameter('Invalid token.');
}
