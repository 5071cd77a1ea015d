/** The table of applications. Made by migration 0008. Times are milliseconds since 1970. */
export interface ApplicationTables {
  applications: {
    id: string;
    name: string;
    /** JSON: ApplicationDefinition. */
    definition: string;
    created_at: number;
    updated_at: number;
  };
}
