import { NotConvergedError } from '../../lambda/errors';
import { Trigger } from '../../lambda/event';
import { ResultItem } from '../../lambda/reconcile';
import { report } from '../../lambda/report';

const item = (decision: ResultItem['decision']): ResultItem => ({
  cluster: 'c', service: 's', decision, reason: 'countMatches', applied: false, instances: 1, vcpus: null, desiredCount: 1, newDesiredCount: 1,
});
const levels = ['debug', 'info'] as const;
let spies: Record<typeof levels[number], jest.SpyInstance>;
beforeEach(() => {
  spies = { debug: jest.spyOn(console, 'debug').mockReturnValue(), info: jest.spyOn(console, 'info').mockReturnValue() };
});

test.each<[ResultItem['decision'], Trigger['kind'], typeof levels[number]]>([
  ['scale', 'containerInstance', 'info'],
  ['scale', 'plan', 'info'],
  ['inSync', 'reconcile', 'info'],
  ['skip', 'reconcile', 'info'],
  ['inSync', 'containerInstance', 'debug'],
  ['skip', 'deployment', 'debug'],
  ['inSync', 'stack', 'debug'],
  ['inSync', 'plan', 'debug'],
])('%s on %s is logged as one object at level %s', (decision, kind, level) => {
  report({ kind } as Trigger, { results: [item(decision)], failures: [] });
  levels.forEach((other) => expect(spies[other]).toHaveBeenCalledTimes(other === level ? 1 : 0));
  expect(spies[level]).toHaveBeenCalledWith({ ...item(decision), trigger: kind });
});

test('failures are thrown after the records, each on a line of its own', () => {
  const failures = [{ service: 'one', error: new TypeError('odd') }, { service: 'two', error: new NotConvergedError('moves') }];
  expect(() => report({ kind: 'reconcile' }, { results: [item('inSync')], failures }))
    .toThrow(expect.objectContaining({ name: 'ReconcileError', message: 'one: TypeError: odd\ntwo: NotConvergedError: moves' }));
  expect(spies.info).toHaveBeenCalledTimes(1);
});

test('what ECS said stays on one printable line, and short', () => {
  const failures = [{ service: 'one', error: new Error(`a\nb\u009b31m${'x'.repeat(5000)}`) }, { service: 'two', error: new Error('c') }];
  expect(() => report({ kind: 'reconcile' }, { results: [], failures }))
    .toThrow(expect.objectContaining({ message: expect.stringMatching(/^one: Error: a\\u000ab\\u009b31mx+\.\.\. \(5014 characters\)\ntwo: Error: c$/) }));
});

test('a cluster that only moves too fast is a NotConvergedError', () => {
  expect(() => report({ kind: 'reconcile' }, { results: [], failures: [{ service: 'two', error: new NotConvergedError('moves') }] }))
    .toThrow(expect.objectContaining({ name: 'NotConvergedError' }));
});
