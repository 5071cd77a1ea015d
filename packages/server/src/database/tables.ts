/** Every table, joined from the features that own them. */
import type { AccessTables } from '../access/tables.ts';
import type { SiteTables } from '../accounts/tables.ts';
import type { AlertTables } from '../alerts/tables.ts';
import type { ApplicationTables } from '../applications/tables.ts';
import type { AuditTables } from '../audit/tables.ts';
import type { BoundaryTables } from '../boundaries/tables.ts';
import type { ClientTables } from '../clients/tables.ts';
import type { CollectionTables } from '../collections/tables.ts';
import type { ContentTables } from '../content/tables.ts';
import type { DeploymentTables } from '../deployments/tables.ts';
import type { EventTables } from '../events/tables.ts';
import type { IdentityProviderTables } from '../identity-providers/tables.ts';
import type { InventoryTables } from '../inventory/tables.ts';
import type { DistributionPointTables } from '../distribution-points/tables.ts';
import type { MailTables } from '../mail/tables.ts';
import type { MaintenanceWindowTables } from '../maintenance-windows/tables.ts';
import type { PreDownloadTables } from '../pre-download/tables.ts';
import type { RecoveryKeyTables } from '../recovery-keys/tables.ts';
import type { SealingTables } from '../sealing/tables.ts';
import type { ServerTables } from '../servers/tables.ts';
import type { StepHistoryTables } from '../reports/step-history/tables.ts';
import type { RetentionTables } from '../retention/tables.ts';
import type { StateStoreTables } from '../state-stores/tables.ts';
import type { WebhookTables } from '../webhooks/tables.ts';

export interface Tables
  extends
    SiteTables,
    AccessTables,
    AlertTables,
    ApplicationTables,
    AuditTables,
    BoundaryTables,
    ClientTables,
    CollectionTables,
    ContentTables,
    DeploymentTables,
    EventTables,
    IdentityProviderTables,
    InventoryTables,
    MailTables,
    MaintenanceWindowTables,
    DistributionPointTables,
    PreDownloadTables,
    RecoveryKeyTables,
    SealingTables,
    ServerTables,
    RetentionTables,
    SiteTables,
    StateStoreTables,
    StepHistoryTables,
    WebhookTables {}
