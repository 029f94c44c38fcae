import { ServiceState } from '../../lambda/decide';
import { EcsPort, InstanceDetails, ServiceAnswer } from '../../lambda/reconcile';

export const CLUSTER = 'arn:aws:ecs:eu-central-1:999988887777:cluster/edge';
export const service = (name: string) => `arn:aws:ecs:eu-central-1:999988887777:service/edge/${name}`;
export const instance = (id: number | string) => `arn:aws:ecs:eu-central-1:999988887777:container-instance/edge/${id}`;

/** An ECS that answers each listing with the next of the given counts (or sets, or errors), and keeps what is written. */
export class ScriptedEcs implements EcsPort {
  public readonly calls: string[] = [];
  public readonly writes: Array<[string, number]> = [];
  public readonly refusals = new Map<string, Error>();
  public readonly details = new Map<string, InstanceDetails>();
  public describeError?: Error;
  private readonly states = new Map<string, Partial<ServiceState>>();

  public constructor(private readonly readings: Array<number | string[] | Error>, services: Record<string, Partial<ServiceState>>) {
    Object.entries(services).forEach(([name, state]) => this.states.set(service(name), state));
  }

  public async describeServices(clusterArn: string, serviceArns: readonly string[]): Promise<ServiceAnswer[]> {
    this.calls.push(`describe ${serviceArns.length}`);
    expect(clusterArn).toBe(CLUSTER);
    if (this.describeError) {
      throw this.describeError;
    }
    return serviceArns.map((serviceArn) => {
      const state = this.states.get(serviceArn);
      return state
        ? { serviceArn, state: { status: 'ACTIVE', desiredCount: 0, schedulingStrategy: 'REPLICA', capacityProviders: [], memberOf: [], suspended: false, ...state } }
        : { serviceArn, failure: 'MISSING' };
    });
  }

  public async listContainerInstances(clusterArn: string, statuses: readonly string[], filter?: string): Promise<ReadonlySet<string>> {
    this.calls.push(`list ${statuses.join('+')}${filter ? ` ${filter}` : ''}`);
    expect(clusterArn).toBe(CLUSTER);
    const reading = this.readings.shift();
    if (reading === undefined || reading instanceof Error) {
      throw reading ?? new Error('a listing that the test did not expect');
    }
    return new Set(Array.isArray(reading) ? reading : Array.from({ length: reading }, (_, id) => instance(id)));
  }

  public async listClusters(): Promise<string[]> {
    throw new Error('a listing of clusters that the test did not expect');
  }

  public async describeContainerInstances(clusterArn: string, instanceArns: ReadonlySet<string>): Promise<InstanceDetails[]> {
    this.calls.push(`describe instances ${instanceArns.size}`);
    expect(clusterArn).toBe(CLUSTER);
    return [...instanceArns].flatMap((arn) => this.details.get(arn) ?? []);
  }

  public async updateDesiredCount(clusterArn: string, serviceArn: string, desiredCount: number): Promise<void> {
    this.calls.push(`update ${desiredCount}`);
    expect(clusterArn).toBe(CLUSTER);
    const refusal = this.refusals.get(serviceArn);
    if (refusal) {
      throw refusal;
    }
    this.writes.push([serviceArn, desiredCount]);
  }

  public get unread(): number {
    return this.readings.length;
  }
}
