"""How Sphinx builds a site from these pages: `python -m sphinx -W --keep-going docs site`."""

project = "hubspot-mock"
extensions = ["myst_parser"]
html_theme = "furo"
html_title = "hubspot-mock"
root_doc = "index"
source_suffix = {".md": "markdown"}
exclude_patterns: list[str] = []
myst_heading_anchors = 4  # so that links to headings are checked
myst_links_external_new_tab = False
suppress_warnings = ["myst.header"]  # generated tables start at another level
