"""Fields of an image, such as a title and keywords, from one reply of the model.

- definitions: the fields that are asked for, and the short form that names them;
  json_schema: the same from a JSON Schema
- request_text: the text that asks for one JSON object
- json_text: a JSON object in a reply, as damaged as models write it
- reader: the values of the fields in a reply; rules: what they must be
- vocabulary: the user's own keywords
"""
