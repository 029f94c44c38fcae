import { parseRate } from '../../local-stack/schedule';

test.each([
  ['rate(1 minute)', 60_000],
  ['rate(5 minutes)', 300_000],
  ['rate(2 hours)', 7_200_000],
  ['rate(1 day)', 86_400_000],
])('%s', (expression, milliseconds) => {
  expect(parseRate(expression, 'R')).toBe(milliseconds);
});

test.each(['rate(1 minutes)', 'rate(5 minute)', 'rate(0 minutes)', 'rate(90 seconds)', 'cron(0 12 * * ? *)'])('refuses %s', (expression) => {
  expect(() => parseRate(expression, 'R')).toThrow(/^R: expected rate/);
});
