export * from './daemon-service-autoscaler';
export * from './fleet-daemon-service-autoscaler';
export * from './options';
export * from './task-scaling';
