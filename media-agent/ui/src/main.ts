// Starts the window's page with the carrier that is there: the program around it, or a fake one in a plain browser.

import '../../../server/web/ui/tokens.css';
import '../../../server/web/ui/base.css';
import './window.css';
import { mount } from 'svelte';
import { isTauri } from '@tauri-apps/api/core';
import Window from './Window.svelte';
import { FakeBackend } from './backend/fake.ts';
import { TauriBackend } from './backend/tauri.ts';

const target = document.getElementById('window');
if (target) mount(Window, { target, props: { backend: isTauri() ? new TauriBackend() : new FakeBackend() } });
