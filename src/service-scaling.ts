import { IResolveContext, Token, Tokenization } from 'aws-cdk-lib';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import { FARGATE_PROVIDERS, ServiceScalingConfig } from './contract';
import { ServiceScalingOptions } from './options';
import { TaskScaling } from './task-scaling';

/** How a service scales, checked and completed with what the app knows of it. */
export class ServiceScaling {
  public readonly scaling: TaskScaling;
  /** Where known: the providers whose instances count. */
  public readonly capacityProviderNames?: string[];

  /** @throws Error if an option is out of its bounds. */
  public constructor(private readonly options: ServiceScalingOptions, private readonly service?: ecs.IService) {
    checkOptions(options);
    this.scaling = options.scaling ?? TaskScaling.tasksPerInstance(1);
    this.capacityProviderNames = options.capacityProviderNames ?? ownProviders(service);
  }

  /** Whether counting takes more than a listing of the instances. */
  public get needsDetails(): boolean {
    return this.capacityProviderNames !== undefined || this.scaling._countsVcpus();
  }

  /** At synthesis, when the service's constraints are complete. */
  public render(): ServiceScalingConfig {
    const { minTaskCount, maxTaskCount, instanceFilter, countDrainingInstances } = this.options;
    const filters = [...instanceFilter === undefined ? [] : [instanceFilter], ...taskDefinitionConstraints(this.service)];
    return {
      scaling: this.scaling._render(),
      minTaskCount,
      maxTaskCount,
      instanceFilters: filters.length > 0 ? filters : undefined,
      countDrainingInstances,
      capacityProviderNames: this.capacityProviderNames,
    };
  }
}

/** The capacity providers in the strategy of a service of this app. */
function ownProviders(service?: ecs.IService): string[] | undefined {
  const strategy = (service?.node.defaultChild as ecs.CfnService | undefined)?.capacityProviderStrategy;
  const names = (Array.isArray(strategy) ? strategy as ecs.CfnService.CapacityProviderStrategyItemProperty[] : [])
    .flatMap(({ capacityProvider }) => capacityProvider === undefined || FARGATE_PROVIDERS.includes(capacityProvider) ? [] : [capacityProvider]);
  return names.length > 0 ? names : undefined;
}

/** The `memberOf` constraints of the task definition: they bind placement, too, but ECS doesn't report them with the service. */
function taskDefinitionConstraints(service?: ecs.IService): string[] {
  const taskDefinition = (service as { taskDefinition?: ecs.TaskDefinition } | undefined)?.taskDefinition;
  const resource = taskDefinition?.node.defaultChild as ecs.CfnTaskDefinition | undefined;
  if (!resource) {
    return [];
  }
  const { placementConstraints } = resource;
  // Only the list is resolved: references in an expression must stay tokens, for they may cross stacks.
  const constraints: unknown = Tokenization.isResolvable(placementConstraints)
    ? placementConstraints.resolve({ scope: resource, preparing: false } as unknown as IResolveContext)
    : placementConstraints;
  return (Array.isArray(constraints) ? constraints : [])
    .flatMap(({ type, expression }) => type === 'memberOf' && expression !== undefined ? [Token.asString(expression)] : []);
}

function checkOptions({ minTaskCount, maxTaskCount, instanceFilter, capacityProviderNames }: ServiceScalingOptions): void {
  checkTaskCount('minTaskCount', minTaskCount, 0, 'a whole number of at least 0');
  const least = known(minTaskCount);
  checkTaskCount('maxTaskCount', maxTaskCount, least ?? 0, least === undefined
    ? 'a whole number of at least 0'
    : `a whole number of at least minTaskCount (${least})`);
  if (instanceFilter !== undefined && instanceFilter.trim() === '') {
    throw new Error('instanceFilter: received an empty string, expected an expression of the cluster query language, '
      + 'such as attribute:ecs.instance-type =~ c7g.*. Leave it out to count every instance');
  }
  if (capacityProviderNames?.length === 0) {
    throw new Error('capacityProviderNames: received no name, expected at least one. Leave it out to count every instance');
  }
  if (capacityProviderNames?.some((name) => name.trim() === '')) {
    throw new Error('capacityProviderNames: received an empty name, expected names of capacity providers');
  }
}

function checkTaskCount(name: string, count: number | undefined, least: number, allowed: string): void {
  const value = known(count);
  if (value !== undefined && (!Number.isSafeInteger(value) || value < least)) {
    throw new Error(`${name}: received ${value}, expected ${allowed}`);
  }
}

/** A number that is known at synthesis. */
function known(value: number | undefined): number | undefined {
  return Token.isUnresolved(value) ? undefined : value;
}
