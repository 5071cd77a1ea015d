/** Table of alerts. Made by migration 0050. */
import type { AlertKind } from '@ostler/contract';

export interface AlertTables {
  alerts: {
    id: string;
    deployment_id: string;
    kind: AlertKind;
    /** JSON of AlertFigure. */
    figure: string;
    raised_at: number;
    acknowledged_at: number | null;
    acknowledged_by: string | null;
    cleared_at: number | null;
  };
}
