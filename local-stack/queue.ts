export interface QueueMessage {
  readonly body: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly sentAt: Date;
}

/** An SQS queue's messages. Nothing here receives them but the test. */
export class Queue {
  public readonly messages: QueueMessage[] = [];

  constructor(
    readonly arn: string,
    /** The queue's resource policy, resolved; undefined where it has none. */
    readonly policy?: object,
  ) {}
}
