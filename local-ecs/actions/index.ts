import { State } from '../model';
import { Input } from '../validation';
import { World } from '../world';
import { createCluster, deleteCluster, describeClusters, listClusters } from './clusters';
import {
  deregisterContainerInstance, describeContainerInstances, listContainerInstances, registerContainerInstance, updateContainerInstancesState,
} from './container-instances';
import { createService, deleteService, describeServices, listServices, updateService } from './services';
import { listTagsForResource, tagResource, untagResource } from './tags';
import { describeTaskDefinition, registerTaskDefinition } from './task-definitions';
import { describeTasks, listTasks, stopTask } from './tasks';

/** Answers from a state that may be older than the present one: ECS is eventually consistent. */
export type Read = (world: World, input: Input, state: State) => object;
export type Write = (world: World, input: Input) => object;

export const READS: ReadonlyMap<string, Read> = new Map(Object.entries({
  DescribeClusters: describeClusters,
  DescribeContainerInstances: describeContainerInstances,
  DescribeServices: describeServices,
  DescribeTasks: describeTasks,
  ListClusters: listClusters,
  ListContainerInstances: listContainerInstances,
  ListServices: listServices,
  ListTasks: listTasks,
}));

export const WRITES: ReadonlyMap<string, Write> = new Map(Object.entries({
  CreateCluster: createCluster,
  CreateService: createService,
  DeleteCluster: deleteCluster,
  DeleteService: deleteService,
  DeregisterContainerInstance: deregisterContainerInstance,
  DescribeTaskDefinition: describeTaskDefinition,
  ListTagsForResource: listTagsForResource,
  RegisterContainerInstance: registerContainerInstance,
  RegisterTaskDefinition: registerTaskDefinition,
  StopTask: stopTask,
  TagResource: tagResource,
  UntagResource: untagResource,
  UpdateContainerInstancesState: updateContainerInstancesState,
  UpdateService: updateService,
}));
