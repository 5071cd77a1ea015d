/** Tables of e-mail. */
import type { MailSecurity } from '@ostler/contract';

export interface MailTables {
  /** One row, or none. */
  mail_server: {
    id: string;
    host: string;
    port: number;
    security: MailSecurity;
    account: string | null;
    /** Sealed. */
    password: string | null;
    sender: string;
  };
  /** What a rule has beside its subscription. `recipients` is a JSON list. */
  notification_rules: { subscription_id: string; recipients: string };
}
