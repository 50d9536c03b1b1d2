"""What is done with a real HubSpot account: reading its definitions, comparing its answers."""
