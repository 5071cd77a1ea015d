/** Tables of task sequences, devices, collections, deployments, runs. Made by migration 0003. */
export interface DeploymentTables {}
