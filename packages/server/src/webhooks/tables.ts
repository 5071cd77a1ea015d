/** Table of webhooks: what they have beside their subscription. */
export interface WebhookTables {
  webhooks: {
    subscription_id: string;
    url: string;
    /** Sealed. */
    secret: string;
    /** Sealed. It signs too, until then. */
    previous_secret: string | null;
    previous_until: number | null;
  };
}
