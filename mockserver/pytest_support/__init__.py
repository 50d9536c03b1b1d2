"""What the pytest plugin does once a test asks for it: its settings, its checks, its report. Knows no HTTP."""
