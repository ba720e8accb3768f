"""Sphinx configuration for the site (`make docs`)."""

project = "pytest-providercalls"
copyright = "the pytest-providercalls developers"

extensions = ["myst_parser"]
myst_heading_anchors = 3
myst_enable_extensions = ["colon_fence"]
exclude_patterns = ["generate/**", "screenshots/**"]

html_theme = "furo"
html_title = project
html_theme_options = {"navigation_with_keys": True}
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sphinx = False
nitpicky = True
