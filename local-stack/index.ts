export { readStack } from './assembly';
export { compilePattern } from './event-pattern';
export type { Invocation } from './async-function';
export type { BusEvent, Delivery } from './event-bus';
export type { LogLine, Outcome } from './function-process';
export type { EcsCall, Verdict } from './policy';
export { LocalStack } from './local-stack';
export type { FunctionCall, LocalStackOptions } from './local-stack';
