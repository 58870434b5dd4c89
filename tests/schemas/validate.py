"""Whether documents are of their schema: validate.py SCHEMA FILE...

Beyond what the schema says, a document has no key that it does not name, and
every key that it does but for those that are absent where they do not apply.
"""

import json
import sys

import jsonschema

OPTIONAL = {
    'bonding_mode',
    'tenant_id',
    'aws_status',
    'azure_status',
    'gcp_status',
    'api_cloud_provider_status',
}


def close(schema):
    """Makes `schema` refuse unknown keys, and miss known ones."""
    if schema.get('type') == 'object' and 'additionalProperties' not in schema:
        schema['additionalProperties'] = False
        schema['required'] = sorted(set(schema['properties']) - OPTIONAL)
    for inner in schema.get('properties', {}).values():
        close(inner)
    for key in ('items', 'additionalProperties'):
        if isinstance(schema.get(key), dict):
            close(schema[key])
    return schema


def main(schema_file, *files):
    with open(schema_file) as text:
        schema = close(json.load(text))
    jsonschema.Draft7Validator.check_schema(schema)
    validator = jsonschema.Draft7Validator(schema)
    wrong = 0
    for file in files:
        with open(file) as text:
            documents = json.load(text)
        for document in documents if isinstance(documents, list) else [documents]:
            for error in validator.iter_errors(document):
                wrong += 1
                print(f'{file}: {error.json_path}: {error.message}', file=sys.stderr)
    return 1 if wrong else 0


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
