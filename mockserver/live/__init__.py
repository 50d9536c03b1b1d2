"""What is done with a real HubSpot account: its answers compared with the answers of this server."""
