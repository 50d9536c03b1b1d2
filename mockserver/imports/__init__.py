"""An import: its request, its files, its rows, its errors and its life."""
