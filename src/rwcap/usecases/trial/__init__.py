"""Trials of prompts: captions of a few images with each prompt, and what differs.

- sample: the images, the request for each prompt, and the captions
- comparison: the figures of each prompt, and the differences between prompts
- statistics: intervals of means, paired tests, and the correction for several tests
"""
