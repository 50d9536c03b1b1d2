"""The rows of an import: from the cells of its files to records, associations and row errors in the portal's store."""
