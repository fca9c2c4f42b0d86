import json
# large single-line STIX with id as mitre publishes (id+type+objects) tested; also CISO library & ATLAS variants
open('ciso.yaml','w').write('''urn: urn:intuitem:risk:library:demo
locale: en
ref_id: demo
name: Demo
version: 1
objects:
  framework:
    urn: urn:intuitem:risk:framework:demo
    ref_id: demo
    name: Demo
    requirement_nodes:
    - urn: urn:intuitem:risk:req_node:demo:a
      assessable: false
      depth: 1
      ref_id: A
      name: Group A
    - urn: urn:intuitem:risk:req_node:demo:a.1
      assessable: true
      depth: 2
      parent_urn: urn:intuitem:risk:req_node:demo:a
      ref_id: A.1
      description: Do the first thing
    - urn: urn:intuitem:risk:req_node:demo:node1
      assessable: true
      depth: 2
      parent_urn: urn:intuitem:risk:req_node:demo:a
      description: No ref id here
    - urn: urn:intuitem:risk:req_node:demo:a.1b
      assessable: true
      depth: 2
      parent_urn: urn:intuitem:risk:req_node:demo:a
      ref_id: A.1
      description: Same ref id
''')
s=open('ciso.yaml').read()
open('ciso2.yaml','w').write('convert_library_version: 2\n'+s.replace('  framework:\n    urn','  frameworks:\n  - urn').replace('    urn: urn:intuitem:risk:framework','    urn: urn:intuitem:risk:framework'))
open('ciso3.yaml','w').write(s.split('objects:')[0]+'objects:\n  threats: []\n')
