/** Tables of content, images, packages, boot images, uploads. Made by migration 0002. */
export interface ContentTables {}
