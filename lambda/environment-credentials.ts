import { fromEnv } from '@aws-sdk/credential-provider-env';

/**
 * Stands in for the SDK's default credential chain in the bundle: a function's credentials come from its environment, and
 * the chain's other links (profiles, SSO, container and instance metadata) are 135 KB that would load at every cold start.
 */
export const defaultProvider = fromEnv;
