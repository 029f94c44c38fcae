export { type Clock, SimulatedClock, systemClock } from './clock';
export { EcsApiError } from './errors';
export { type EventBridgeEvent, type EventShape } from './events';
export { BUCKETS, type BucketName, type BucketSize, type EventFaultOptions, type FaultOptions } from './faults';
export { type ApiCall, CONNECTION_DROPPED, type LaunchOptions, LocalEcs, type LocalEcsOptions } from './local-ecs';
export { type Comparator, type Comparison, evaluate, parse, type QueryableInstance, type QueryExpression, type Subject } from './query-language';
export { type LocalEcsServer, startServer } from './server';
