import { Capacity, capacityOf, ladder, linear, onePerInstance } from '../../demo/formulas';
import { Instance } from '../../demo/observe';

const of = (instances: number, vcpus = 0): Capacity => ({ instances, vcpus });

test.each([[0, 0, 0], [1, 2, 1], [2, 4, 2], [4, 16, 2], [9, 0, 3], [3, 33, 3], [8, 64, 4]])(
  'linear: %d instances with %d vCPUs ask for %d tasks', (instances, vcpus, tasks) => {
    expect(linear({ instancesPerTask: 4, vcpusPerTask: 16 })(of(instances, vcpus))).toBe(tasks);
  });

test.each([[0, 1], [1, 1], [2, 1], [3, 4], [4, 4]])('ladder: %d instances ask for %d tasks', (instances, tasks) => {
  expect(ladder([{ threshold: 1, taskCount: 1 }, { threshold: 3, taskCount: 4 }])(of(instances))).toBe(tasks);
});

test('one per instance', () => expect(onePerInstance(of(3))).toBe(3));

test('ACTIVE instances of matching types count, with their registered vCPUs', () => {
  const instance = (type: string, cpu: number, status = 'ACTIVE'): Instance => ({
    containerInstanceArn: '', status, attributes: [{ name: 'ecs.instance-type', value: type }], registeredResources: [{ name: 'CPU', integerValue: cpu }],
  });
  const instances = [instance('c7g.large', 2048), instance('m7i.large', 4096), instance('c7g.large', 2048, 'DRAINING')];
  expect(capacityOf(instances)).toEqual({ instances: 2, vcpus: 6 });
  expect(capacityOf(instances, /^c7g/)).toEqual({ instances: 1, vcpus: 2 });
});
