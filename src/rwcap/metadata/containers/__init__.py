"""The position of metadata in each image format.

- jpeg, png, webp: find, insert and remove a packet, and replace other texts
- pointers, multi_picture: positions of data after the image that must stay correct
"""
