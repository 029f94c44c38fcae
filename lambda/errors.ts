/** The reconciler's own errors. Lambda reports `name` as the error type, and minified class names say nothing: hence the literals. */

/** The invocation's payload is none that the reconciler takes. Raised before any API call. */
export class InvalidEventError extends Error {
  public readonly name = 'InvalidEventError';
}

/** The function's environment is broken. Raised before any API call. */
export class InvalidConfigurationError extends Error {
  public readonly name = 'InvalidConfigurationError';
}

/** The cluster moved faster than the reconciler may follow; Lambda's retry goes on from there. */
export class NotConvergedError extends Error {
  public readonly name = 'NotConvergedError';
}

/** At least one service could not be reconciled. Lists each as `service: name: message`. */
export class ReconcileError extends Error {
  public readonly name = 'ReconcileError';
}
