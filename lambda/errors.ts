/**
 * The reconciler's own errors. Lambda reports an error's name as its type, and logs the name of its class; the minifier leaves nothing of
 * either but these literals.
 */

/** The invocation's payload is none that the reconciler takes. Raised before any API call. */
export class InvalidEventError extends Error {
  public static readonly name = 'InvalidEventError';
  public readonly name = 'InvalidEventError';
}

/** The function's environment is broken. Raised before any API call. */
export class InvalidConfigurationError extends Error {
  public static readonly name = 'InvalidConfigurationError';
  public readonly name = 'InvalidConfigurationError';
}

/** The cluster moved faster than the reconciler may follow; Lambda's retry goes on from there. */
export class NotConvergedError extends Error {
  public static readonly name = 'NotConvergedError';
  public readonly name = 'NotConvergedError';
}

/** At least one service could not be reconciled. Lists each as `service: name: message`. */
export class ReconcileError extends Error {
  public static readonly name = 'ReconcileError';
  public readonly name = 'ReconcileError';
}
