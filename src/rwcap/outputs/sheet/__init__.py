"""The contact sheet: a page with each picture, its captions and what is wrong.

- picture: what the page says of one image
- spool: the pictures of a run, on the disk until the page is written
- page: one page, assembled from its files: sheet.html, sheet.css, scripts
- pages: the page, or several with an index: index.html
"""
