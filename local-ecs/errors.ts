/**
 * An error as the ECS API answers it: `name` is the error code (`__type` on the wire).
 *
 * Source: the Errors section of each action in the Amazon ECS API Reference, and "Common Errors" there.
 */
export class EcsApiError extends Error {
  constructor(
    public readonly name: string,
    message: string,
    public readonly statusCode: number = 400,
  ) {
    super(message);
  }
}

export const invalidParameter = (message: string) => new EcsApiError('InvalidParameterException', message);
export const clientException = (message: string) => new EcsApiError('ClientException', message);
export const clusterNotFound = () => new EcsApiError('ClusterNotFoundException', 'Cluster not found.');
export const serviceNotFound = () => new EcsApiError('ServiceNotFoundException', 'Service not found.');
export const serviceNotActive = () => new EcsApiError('ServiceNotActiveException', 'Service was not ACTIVE.');
export const resourceNotFound = (message: string) => new EcsApiError('ResourceNotFoundException', message);
export const serializationException = (message: string) => new EcsApiError('SerializationException', message);
/** "Rate exceeded" with status 400: "Request throttling for the Amazon ECS API", Amazon ECS Developer Guide. */
export const throttlingException = () => new EcsApiError('ThrottlingException', 'Rate exceeded');
/** What AWS JSON 1.1 services answer to a target that they don't have. */
export const unknownOperation = () => new EcsApiError('UnknownOperationException', 'The requested operation is not recognized by the service.');
