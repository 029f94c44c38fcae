import { LocalStack } from '../local-stack';

/** Whatever the function failed on or complained about, and events that were lost on the way to it. */
export function complaints(stack: LocalStack): string[] {
  const errors = stack.logs.filter(({ level }) => level === undefined || level === 'ERROR' || level === 'FATAL')
    .map(({ message }) => `The function logged an error: ${JSON.stringify(message)}`);
  const undelivered = stack.deliveries.flatMap(({ denied }) => denied ? [`An event didn't reach the function: ${denied}`] : []);
  const dead = Object.entries(stack.queues).flatMap(([id, { messages }]) => messages.length ? [`${messages.length} events ended in the queue ${id}.`] : []);
  return [...errors, ...undelivered, ...dead];
}
