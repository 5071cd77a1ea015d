/** Tables of identity providers. */
export interface IdentityProviderTables {
  /** `settings`: JSON of ProviderSettings. */
  identity_providers: { id: string; name: string; settings: string; sealed_client_secret: string | null; created_at: number };
  /** The accounts that sign in with a provider. `subject`: who they are there for ever; null until the first sign-in under their name. */
  account_identities: { account_id: string; provider_id: string; subject: string | null };
  /** Sign-ins that were begun. `sealed_checks`: JSON of SignInChecks. */
  provider_sign_ins: {
    state_hash: string;
    provider_id: string;
    return_to: string;
    challenge: string;
    sealed_checks: string;
    expires_at: number;
  };
}
