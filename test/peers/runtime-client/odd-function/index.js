'use strict';
// Does what a function may do, and the reconciler doesn't: each entry is the payload of an invocation.
const circular = {};
circular.itself = circular;

const CASES = {
  returnsNothing: () => undefined,
  throwsAnObject: () => { throw { status: 4 }; },
  throwsNothing: () => { throw undefined; },
  throwsAText: () => { throw 'out of paper'; },
  throwsAnErrorWithMembers: () => { throw Object.assign(new RangeError('too far'), { code: 'E_FAR', by: 3 }); },
  throwsAnErrorWithAName: () => { throw Object.assign(new Error('lost'), { name: 'Lost' }); },
  logsLevels: () => ['trace', 'debug', 'info', 'log', 'warn', 'error', 'fatal'].forEach((level) => console[level](`at ${level}`)),
  logsValues: () => [circular, 1n, undefined, null, 7, 'two\nlines', { text: 'a\rb\nc' }, [1, [2]], new Date(0)].forEach((value) => console.info(value)),
  logsNothing: () => console.info(),
  logsErrors: () => [new TypeError('alone'), { within: new TypeError('inside') }].forEach((value) => console.warn(value)),
  logsFormats: () => console.info('%s of %d', 'one', 2, { more: true }),
};

exports.cases = Object.keys(CASES);
exports.handler = async ({ does }) => CASES[does]();
