"""The portal's data as HubSpot's CRM knows it: object types, properties, associations, values."""
